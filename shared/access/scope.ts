type Path = readonly (string | undefined)[];

/**
 * An id or URL as the segments that are compared: ids of Azure Resource Manager without case, of URLs the host alone, because
 * names of blobs differ by it. Never by characters: `…/team-a` is not above `…/team-ab`.
 */
export function scopePath(id: string): Path {
  if (!id.startsWith('https://')) return segments(id.toLowerCase());
  const { host, pathname } = new URL(id);
  const path = pathname.replace(/^\//, '').replace(/\/$/, '').split('/').map(decoded);
  // Storage may read such a name as another one, so that it is below no scope but the widest.
  if (path.some((segment) => segment === undefined)) return ['?'];
  return ['https:', host.toLowerCase(), ...path.filter((part) => part !== undefined && pathname !== '/')];
}

function decoded(segment: string): string | undefined {
  try {
    const text = decodeURIComponent(segment);
    return /[/\\]/.test(text) || text === '.' || text === '..' ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Whether `path` is at or below `scope`. */
export function contains(scope: Path, path: Path): boolean {
  return scope.length <= path.length && scope.every((segment, index) => segment === path[index]);
}

function segments(path: string): string[] {
  return path
    .replace(/^\/+/, '')
    .replace(/\/+$/, '')
    .split('/')
    .filter((segment) => segment !== '');
}

/** What is wrong with a scope of a rule; undefined when nothing is. */
export function scopeProblem(scope: string): string | undefined {
  if (scope === '/') return undefined;
  if (scope.startsWith('https://'))
    return URL.canParse(scope) && new URL(scope).search === ''
      ? undefined
      : 'it is not a URL without a query';
  if (!SUBSCRIPTION.test(scope)) return 'it begins with neither /subscriptions/<id> nor https://';
  const path = segments(scope);
  if (path.some((segment) => /^\.{1,2}$|[%?#*\\]/.test(segment))) return 'it has segments that no id has';
  const isGroup = path.length === 2 || path[2]?.toLowerCase() === 'resourcegroups';
  return isGroup && path.length !== 3
    ? undefined
    : 'it is not an id of a subscription, a resource group or what is in one';
}

const SUBSCRIPTION = /^\/subscriptions\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\/|$)/i;
