import { requireGroup } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import type { ArmRequest } from '../http/request.ts';
import { ok, type Answer, type Route } from '../http/route.ts';
import { textAt } from '../json.ts';
import { nameOf, typeOf } from '../store/ids.ts';
import { principalOf } from './principal.ts';

const IDENTITY =
  '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}';

export const MANAGED_IDENTITY_ROUTES: readonly Route[] = [
  { operation: 'UserAssignedIdentities_Get', method: 'GET', path: IDENTITY, handle: get },
];

/** Nothing here depends on an identity, so that every group has one of any name. */
function get({ id }: ArmRequest, cloud: Cloud): Answer {
  const group = requireGroup(cloud, id);
  return ok({
    // Recorded: this service writes the group's segment in lower case, whatever was asked.
    id: id.replace('/resourceGroups/', '/resourcegroups/'),
    name: nameOf(id),
    type: typeOf(id),
    location: textAt(group.body, 'location') ?? '',
    tags: {},
    properties: { tenantId: cloud.tenantId, ...principalOf(id) },
  });
}
