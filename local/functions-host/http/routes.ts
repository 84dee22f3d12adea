/** One HTTP-triggered function under its route. `Target` is what the caller wants back. */
export type Route<Target> = {
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
  readonly precedence: string;
};

/**
 * ASP.NET Core route templates as Azure Functions uses them: `{param}`, `{param?}`, `{*rest}`, `{id:int}`, defaults `{x=1}`.
 * Comparison is without case; a literal beats a constrained parameter, that a plain one, that a catch-all.
 * https://learn.microsoft.com/aspnet/core/fundamentals/routing#route-templates
 */
export class RouteTable<Target> {
  readonly #routes: readonly Compiled<Target>[];

  constructor(routes: readonly Route<Target>[]) {
    this.#routes = routes
      .map((route) => ({ ...route, ...compile(route.template) }))
      .sort((a, b) => (a.precedence < b.precedence ? -1 : 1));
  }

  /**
   * Undefined when nothing matches. A known path with another method is not told apart: Azure Functions answers 404 to both.
   * https://github.com/Azure/azure-functions-host/issues/10098
   */
  match(method: string, pathname: string): RouteMatch<Target> | undefined {
    const path = decode(pathname);
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
};

const WHOLE_PARAMETER =
  /^\{(?<star>\*{0,2})(?<name>\w+)(?::(?<rule>[^}=?]+))?(?:=(?<preset>[^}]*))?(?<optional>\??)\}$/;

function compile(template: string): Pick<Compiled<unknown>, 'pattern' | 'names' | 'precedence'> {
  const names: string[] = [];
  let source = '';
  let precedence = '';
  for (const segment of template.split('/').filter(Boolean)) {
    const parameter = WHOLE_PARAMETER.exec(segment)?.groups;
    const compiled = parameter ? compileParameter(parameter, names) : compileLiteral(segment, names);
    source += compiled.source;
    precedence += compiled.rank;
  }
  // The shorter of two templates that match the same path is the one without an optional tail.
  return { pattern: new RegExp(`^${source}/?$`, 'i'), names, precedence };
}

type Part = { readonly source: string; readonly rank: string };

function compileParameter(groups: Readonly<Record<string, string | undefined>>, names: string[]): Part {
  names.push(groups['name'] ?? '');
  if (groups['star']) return { source: '(?:/(.*))?', rank: '5' };
  const rule = CONSTRAINTS[groups['rule'] ?? ''];
  const value = `/(${rule ?? '[^/]+'})`;
  const mayBeAbsent = Boolean(groups['optional']) || groups['preset'] !== undefined;
  return { source: mayBeAbsent ? `(?:${value})?` : value, rank: rule ? '2' : '3' };
}

/** A literal, or a mix such as `v{major}.json`. */
function compileLiteral(segment: string, names: string[]): Part {
  const parts = segment.split(/(\{\w+\})/);
  const source = parts.map((part) => {
    if (!/^\{\w+\}$/.test(part)) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    names.push(part.slice(1, -1));
    return '([^/]+?)';
  });
  return { source: `/${source.join('')}`, rank: parts.length > 1 ? '1' : '0' };
}

function collect(names: readonly string[], found: RegExpExecArray): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const value = found[index + 1];
    if (value !== undefined) params[name] = value;
  }
  return params;
}

/** Percent-decoding as ASP.NET Core does it to a path: an encoded slash stays encoded. A malformed path is taken as it is. */
function decode(pathname: string): string {
  try {
    return pathname
      .split(/(%2f)/i)
      .map((part, index) => (index % 2 === 1 ? part : decodeURIComponent(part)))
      .join('');
  } catch {
    return pathname;
  }
}
