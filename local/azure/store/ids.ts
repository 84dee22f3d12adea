import { split } from '../http/segments.ts';

/** Key of a resource: ARM ids are equal without case. */
export function keyOf(id: string): string {
  return `/${split(id).join('/')}`.toLowerCase();
}

/** `Microsoft.Compute/virtualMachines/runCommands` of a resource id; `Microsoft.Resources/resourceGroups` of a group's. */
export function typeOf(id: string): string {
  const segments = split(id);
  const provider = segments.findLastIndex((segment) => segment.toLowerCase() === 'providers');
  if (provider < 0) return 'Microsoft.Resources/resourceGroups';
  const rest = segments.slice(provider + 1);
  return rest.filter((_, index) => index === 0 || index % 2 === 1).join('/');
}

export function nameOf(id: string): string {
  return split(id).at(-1) ?? '';
}

export function groupOf(id: string): string {
  const segments = split(id);
  return segments[0]?.toLowerCase() === 'subscriptions' && segments[2]?.toLowerCase() === 'resourcegroups'
    ? (segments[3] ?? '')
    : '';
}

export function subscriptionOf(id: string): string {
  const segments = split(id);
  return segments[0]?.toLowerCase() === 'subscriptions' ? (segments[1] ?? '') : '';
}

/** Id of the resource group of a resource. */
export function groupIdOf(id: string): string {
  return `/${split(id).slice(0, 4).join('/')}`;
}

/** Id of the parent resource, or of the resource group for a top-level resource. */
export function parentOf(id: string): string {
  const segments = split(id);
  return segments.length <= 8 ? groupIdOf(id) : `/${segments.slice(0, -2).join('/')}`;
}

/** True when `id` names a resource of exactly this type. */
export function isType(id: string, type: string): boolean {
  return split(id).length > 4 && typeOf(id).toLowerCase() === type.toLowerCase();
}
