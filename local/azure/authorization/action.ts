import type { Method } from '../http/request.ts';

/** A permission and where it is asked for: `Microsoft.Compute/disks/write` at the id of a disk. */
export type Need = { readonly action: string; readonly scope: string };

const VERBS = {
  GET: 'read',
  HEAD: 'read',
  PUT: 'write',
  PATCH: 'write',
  DELETE: 'delete',
  POST: 'action',
} as const satisfies Record<Method, string>;

/**
 * The action that Azure checks for a route: its types without names, then the verb. `…/virtualMachines/{name}/deallocate`
 * by POST is `Microsoft.Compute/virtualMachines/deallocate/action`.
 * https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations
 *
 * Undefined for what everybody may ask, such as the list of one's own subscriptions.
 */
export function actionOf(method: Method, path: string): string | undefined {
  const segments = path.split('/').filter((segment) => segment !== '');
  if (segments[0] !== 'subscriptions' || segments.length < 2) return undefined;
  const provider = segments.lastIndexOf('providers');
  if (provider < 0) return ['Microsoft.Resources', ...types(segments), VERBS[method]].join('/');
  const [namespace = '', ...rest] = segments.slice(provider + 1);
  return [namespace, ...types(rest), VERBS[method]].join('/');
}

/** Types and names alternate; `vmimage` in the path of a marketplace image stands where a name does. */
function types(segments: readonly string[]): string[] {
  return segments.filter((_, index) => index % 2 === 0);
}
