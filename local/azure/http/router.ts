import type { Method } from './request.ts';
import type { Route } from './route.ts';
import { split } from './segments.ts';

export type Match = {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
  /** The addressed resource: the template filled in up to its last `{name}`. */
  readonly id: string;
};

type Compiled = { readonly route: Route; readonly segments: readonly string[] };

/**
 * Finds the route of a path. Types and keywords match without case, names keep the caller's case, and empty segments
 * do not count, because az sends `/providers/Namespace//type/name` and the JavaScript SDK `resourcegroups`.
 */
export class Router {
  readonly routes: readonly Route[];
  readonly #compiled = new Map<string, Compiled[]>();

  constructor(routes: readonly Route[]) {
    this.routes = routes;
    for (const route of routes) {
      const segments = split(route.path);
      const key = `${route.method} ${segments.length}`;
      this.#compiled.set(key, [...(this.#compiled.get(key) ?? []), { route, segments }]);
    }
  }

  match(method: Method, path: string): Match | undefined {
    const given = split(path);
    const hits = (this.#compiled.get(`${method} ${given.length}`) ?? [])
      .filter(({ segments }) => segments.every((segment, index) => fits(segment, given[index])))
      .sort((a, b) => variables(a) - variables(b));
    const best = hits[0];
    return best === undefined ? undefined : toMatch(best, given);
  }
}

function isVariable(segment: string): boolean {
  return segment.startsWith('{');
}

function fits(segment: string, given: string | undefined): boolean {
  return isVariable(segment) || segment.toLowerCase() === given?.toLowerCase();
}

/** A literal segment beats a `{name}` at the same place. */
function variables({ segments }: Compiled): number {
  return segments.filter(isVariable).length;
}

function toMatch({ route, segments }: Compiled, given: readonly string[]): Match {
  const params: Record<string, string> = {};
  const filled = segments.map((segment, index) => {
    if (!isVariable(segment)) return segment;
    const value = given[index] ?? '';
    params[segment.slice(1, -1)] = value;
    return value;
  });
  const last = segments.findLastIndex(isVariable);
  return { route, params, id: `/${filled.slice(0, last + 1).join('/')}` };
}
