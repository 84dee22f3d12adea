import { listResources } from './list-resources.ts';
import type { Cloud } from '../cloud.ts';
import { GATEWAY, groupNotFound } from '../arm/checks.ts';
import { parseFilter, passes } from '../arm/lists.ts';
import type { ArmRequest } from '../http/request.ts';
import { ok, param, type Answer, type Route } from '../http/route.ts';
import { patched } from '../arm/bodies.ts';
import { createOrUpdate } from './create-or-update.ts';
import { deleteGroup } from './delete.ts';
import type { Resource } from '../store/resources.ts';

const GROUP = '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}';

export const RESOURCE_GROUP_ROUTES: readonly Route[] = [
  { operation: 'ResourceGroups_CreateOrUpdate', method: 'PUT', path: GROUP, handle: createOrUpdate },
  {
    operation: 'ResourceGroups_Get',
    method: 'GET',
    path: GROUP,
    handle: (request, cloud) => ok(requireIt(request, cloud).body),
  },
  { operation: 'ResourceGroups_CheckExistence', method: 'HEAD', path: GROUP, handle: checkExistence },
  { operation: 'ResourceGroups_Update', method: 'PATCH', path: GROUP, handle: update },
  { operation: 'ResourceGroups_Delete', method: 'DELETE', path: GROUP, handle: deleteGroup },
  {
    operation: 'ResourceGroups_List',
    method: 'GET',
    path: '/subscriptions/{subscriptionId}/resourceGroups',
    handle: list,
  },
  {
    operation: 'Resources_List',
    method: 'GET',
    path: '/subscriptions/{subscriptionId}/resources',
    handle: listResources,
  },
  {
    operation: 'Resources_ListByResourceGroup',
    method: 'GET',
    path: `${GROUP}/resources`,
    handle: listResources,
  },
];

function requireIt(request: ArmRequest, cloud: Cloud): Resource {
  const group = cloud.resources.get(request.id);
  if (group === undefined) throw groupNotFound(param(request, 'resourceGroupName'));
  return group;
}

function checkExistence(request: ArmRequest, cloud: Cloud): Answer {
  return cloud.resources.get(request.id) === undefined ? { status: 404, headers: GATEWAY } : { status: 204 };
}

function update(request: ArmRequest, cloud: Cloud): Answer {
  const group = requireIt(request, cloud);
  const body = patched(group, request.body);
  cloud.resources.put({ ...group, body });
  return ok(body);
}

function list(request: ArmRequest, cloud: Cloud): Answer {
  const filter = parseFilter(request.query.get('$filter'), ['tagname', 'tagvalue']);
  const groups = cloud.resources.list(request.id, 'Microsoft.Resources/resourceGroups');
  return ok({ value: groups.filter((group) => passes(group, filter)).map(({ body }) => body) });
}
