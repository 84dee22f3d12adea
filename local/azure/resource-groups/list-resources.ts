import { requireGroup } from '../arm/checks.ts';
import { parseFilter, passes, RESOURCE_FILTERS, type Comparison } from '../arm/lists.ts';
import { armTime } from '../arm/times.ts';
import type { Cloud } from '../cloud.ts';
import type { ArmRequest } from '../http/request.ts';
import { ok, type Answer } from '../http/route.ts';
import { textAt, type JsonObject } from '../json.ts';
import type { Resource } from '../store/resources.ts';
import { pageOf } from './pages.ts';

const SHOWN = ['id', 'name', 'type', 'location', 'sku', 'plan', 'identity', 'kind', 'managedBy'];

/**
 * Every tracked resource without its properties, as the generic list of ARM. Groups themselves are not in it. Narrowed by
 * a tag it shows neither tags nor what `$expand` asks for: "the tags for each resource are not returned in the results".
 * https://learn.microsoft.com/rest/api/resources/resources/list#uri-parameters
 */
export function listResources(request: ArmRequest, cloud: Cloud): Answer {
  if (request.params['resourceGroupName'] !== undefined) requireGroup(cloud, request.id);
  const filter = parseFilter(request.query.get('$filter'), RESOURCE_FILTERS);
  const byTag = filter.some(({ name }) => name === 'tagname');
  const expand = (request.query.get('$expand') ?? '').split(',');
  const tracked = cloud.resources
    .list(request.id)
    .filter(
      ({ body }) => body['location'] !== undefined && body['type'] !== 'Microsoft.Resources/resourceGroups',
    )
    .filter((resource) => passes(resource, filter))
    .map((resource) => (byTag ? plain(resource) : { ...plain(resource), ...more(cloud, resource, expand) }));
  return ok(pageOf(request, tracked, pagesFor(filter)));
}

function plain({ body }: Resource): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([key]) => SHOWN.includes(key)));
}

function more(cloud: Cloud, { id, body }: Resource, expand: readonly string[]): JsonObject {
  const { created, changed } = cloud.resources.historyOf(id);
  const expandable: JsonObject = {
    createdTime: armTime(created),
    changedTime: armTime(changed),
    provisioningState: textAt(body, 'properties.provisioningState') ?? 'Succeeded',
  };
  const asked = Object.entries(expandable).filter(([name]) => expand.includes(name));
  const tags = body['tags'] === undefined ? {} : { tags: body['tags'] };
  return { ...Object.fromEntries(asked), ...tags };
}

/** Recorded: by type or group two empty pages come first, by other members an empty one comes last, by tag there is one. */
function pagesFor(filter: readonly Comparison[]): { readonly before: number; readonly after: number } {
  const names = filter.map(({ name }) => name);
  if (names.includes('resourcetype') || names.includes('resourcegroup')) return { before: 2, after: 0 };
  return names.length === 0 || names.includes('tagname') ? { before: 0, after: 0 } : { before: 0, after: 1 };
}
