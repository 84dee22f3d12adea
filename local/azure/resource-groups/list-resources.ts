import { requireGroup } from '../arm/checks.ts';
import { parseFilter, passes, RESOURCE_FILTERS } from '../arm/lists.ts';
import type { Cloud } from '../cloud.ts';
import { ok, type Answer, type ArmRequest } from '../http/route.ts';
import type { JsonObject } from '../json.ts';

const SHOWN = ['id', 'name', 'type', 'location', 'tags', 'sku', 'plan', 'identity', 'kind', 'managedBy'];

/** Every tracked resource without its properties, as the generic list of ARM. Groups themselves are not in it. */
export function listResources(request: ArmRequest, cloud: Cloud): Answer {
  if (request.params['resourceGroupName'] !== undefined) requireGroup(cloud, request.id);
  const filter = parseFilter(request.query.get('$filter'), RESOURCE_FILTERS);
  const tracked = cloud.resources
    .list(request.id)
    .filter(
      ({ body }) => body['location'] !== undefined && body['type'] !== 'Microsoft.Resources/resourceGroups',
    )
    .filter((resource) => passes(resource, filter));
  return ok({ value: tracked.map(({ body }) => shown(body)) });
}

function shown(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([key]) => SHOWN.includes(key)));
}
