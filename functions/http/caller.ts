import type { TemplateRef } from '../../shared/template/model.ts';

/** Who calls, as far as the API has to know it. */
export type Caller = {
  /** Object id of the principal; empty when the token has none. */
  readonly id: string;
  /** Resource groups that the caller is restricted to, by name or by id. Absent: all. */
  readonly groups?: readonly string[];
};

type Group = Pick<TemplateRef, 'subscriptionId' | 'resourceGroup'>;

export function mayUseGroup({ groups }: Caller, { subscriptionId, resourceGroup }: Group): boolean {
  if (groups === undefined) return true;
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`.toLowerCase();
  return groups.some((group) => [resourceGroup.toLowerCase(), id].includes(group.toLowerCase()));
}
