/** One HTTP-triggered function under its route. `Target` is what the caller wants back. */
export type Route<Target> = {
  /** Of the function. */
  readonly name: string;
  /** With the prefix, without a leading slash: `subscriptions/{id}/{*rest}`. */
  readonly template: string;
  /** Upper case. Empty: every method. */
  readonly methods: readonly string[];
  readonly target: Target;
};

export type RouteMatch<Target> = {
  readonly target: Target;
  readonly params: Readonly<Record<string, string>>;
};

type Compiled<Target> = Route<Target> & {
  readonly pattern: RegExp;
  readonly names: readonly string[];
};

/**
 * ASP.NET Core route templates as Azure Functions uses them: `{param}`, `{param?}`, `{*rest}`, `{id:int}`, defaults `{x=1}`.
 * Comparison is without case. Of several that match a path the one whose function has the first name answers: the host adds routes
 * to a RouteCollection in that order, and no template is better than another.
 * https://learn.microsoft.com/aspnet/core/fundamentals/routing#route-templates
 */
export class RouteTable<Target> {
  readonly #routes: readonly Compiled<Target>[];

  constructor(routes: readonly Route<Target>[]) {
    this.#routes = routes
      .map((route) => ({ ...route, ...compile(route.template) }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * Undefined when nothing matches. A known path with another method is not told apart: Azure Functions answers 404 to both.
   * https://github.com/Azure/azure-functions-host/issues/10098 `path`: decoded, see `decodePath`.
   */
  match(method: string, path: string): RouteMatch<Target> | undefined {
    for (const route of this.#routes) {
      if (route.methods.length > 0 && !route.methods.includes(method)) continue;
      const found = route.pattern.exec(path);
      if (found) return { target: route.target, params: collect(route.names, found) };
    }
    return undefined;
  }
}

const CONSTRAINTS: Readonly<Record<string, string>> = {
  int: '-?\\d+',
  long: '-?\\d+',
  guid: '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}',
  alpha: '[a-z]+',
  bool: 'true|false',
  // For the root of a site: https://github.com/Azure/Azure-Functions/issues/2473
  'maxlength(0)': '',
};

const WHOLE_PARAMETER =
  /^\{(?<star>\*{0,2})(?<name>\w+)(?::(?<rule>[^}=?]+))?(?:=(?<preset>[^}]*))?(?<optional>\??)\}$/;

function compile(template: string): Pick<Compiled<unknown>, 'pattern' | 'names'> {
  const names: string[] = [];
  let source = '';
  for (const segment of template.split('/').filter(Boolean)) {
    const parameter = WHOLE_PARAMETER.exec(segment)?.groups;
    source += parameter ? compileParameter(parameter, names) : compileLiteral(segment, names);
  }
  return { pattern: new RegExp(`^${source}/?$`, 'is'), names };
}

function compileParameter(groups: Readonly<Record<string, string | undefined>>, names: string[]): string {
  names.push(groups['name'] ?? '');
  if (groups['star']) return '(?:/(.*))?';
  const rule = CONSTRAINTS[groups['rule'] ?? ''];
  const value = `/(${rule ?? '[^/]+'})`;
  const mayBeAbsent = Boolean(groups['optional']) || groups['preset'] !== undefined;
  return mayBeAbsent ? `(?:${value})?` : value;
}

/** A literal, or a mix such as `v{major}.json`. */
function compileLiteral(segment: string, names: string[]): string {
  const source = segment.split(/(\{\w+\})/).map((part) => {
    if (!/^\{\w+\}$/.test(part)) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    names.push(part.slice(1, -1));
    return '([^/]+?)';
  });
  return `/${source.join('')}`;
}

function collect(names: readonly string[], found: RegExpExecArray): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const value = found[index + 1];
    if (value !== undefined) params[name] = value;
  }
  return params;
}
