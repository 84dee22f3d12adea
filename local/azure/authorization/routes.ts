import type { Cloud } from '../cloud.ts';
import { groupNotFound } from '../arm/checks.ts';
import type { ArmRequest } from '../http/request.ts';
import { type Answer, ok, param, type Route } from '../http/route.ts';

const PERMISSIONS = 'providers/Microsoft.Authorization/permissions';
const GROUP = '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}';

/**
 * What the caller itself may do at a scope: one entry a role that is assigned there or above, its data actions among it.
 * https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource-group names `Microsoft.Authorization/permissions/read`
 * as what it takes; people report answers for identities without it, so that this cloud is the stricter of the two. The list of a
 * subscription is in no specification, and in Microsoft's own samples.
 */
export const AUTHORIZATION_ROUTES: readonly Route[] = [
  {
    operation: 'Permissions_ListForSubscription',
    method: 'GET',
    path: `/subscriptions/{subscriptionId}/${PERMISSIONS}`,
    handle: (request, cloud) => list(request, cloud, `/subscriptions/${param(request, 'subscriptionId')}`),
  },
  {
    operation: 'Permissions_ListForResourceGroup',
    method: 'GET',
    path: `${GROUP}/${PERMISSIONS}`,
    handle: listForGroup,
  },
];

function listForGroup(request: ArmRequest, cloud: Cloud): Answer {
  const [subscriptionId, name] = [param(request, 'subscriptionId'), param(request, 'resourceGroupName')];
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${name}`;
  if (cloud.resources.get(group) === undefined) throw groupNotFound(name);
  return list(request, cloud, group);
}

function list({ caller }: ArmRequest, cloud: Cloud, scope: string): Answer {
  const roles = caller === undefined ? [] : cloud.authorizer.rolesAt(caller, scope);
  const value = roles.map((actions) => ({
    actions: [...actions],
    notActions: [],
    dataActions: [],
    notDataActions: [],
  }));
  return ok({ value });
}
