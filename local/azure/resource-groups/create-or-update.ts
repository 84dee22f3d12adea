import { requireLocation } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { badRequest, conflict } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import { param, type Answer } from '../http/route.ts';
import { textAt, type JsonObject } from '../json.ts';

const TYPE = 'Microsoft.Resources/resourceGroups';

/** Synchronous: 201 the first time, 200 afterwards. */
export function createOrUpdate(request: ArmRequest, cloud: Cloud): Answer {
  const name = param(request, 'resourceGroupName');
  checkName(name);
  const location = requireLocation(cloud, request.body, TYPE);
  const existing = cloud.resources.get(request.id);
  const before = textAt(existing?.body, 'location');
  if (before !== undefined && before !== location)
    throw conflict(
      'InvalidResourceGroupLocation',
      `Invalid resource group location '${location}'. The Resource group already exists in location '${before}'.`,
    );
  if (textAt(existing?.body, 'properties.provisioningState') === 'Deleting')
    throw conflict(
      'ResourceGroupBeingDeleted',
      `The resource group '${name}' is in deprovisioning state and cannot perform this operation.`,
    );
  const id = existing?.id ?? `/subscriptions/${param(request, 'subscriptionId')}/resourceGroups/${name}`;
  const { tags, managedBy } = request.body;
  const body: JsonObject = {
    id,
    name: id.slice(id.lastIndexOf('/') + 1),
    type: TYPE,
    location,
    ...(tags === undefined ? {} : { tags }),
    ...(managedBy === undefined ? {} : { managedBy }),
    properties: { provisioningState: 'Succeeded' },
  };
  cloud.resources.put({ id, body, state: {} });
  return { status: existing === undefined ? 201 : 200, body };
}

/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftresources */
function checkName(name: string): void {
  if (name.length > 90)
    throw badRequest(
      'InvalidResourceGroup',
      `The provided resource group name '${name}' has a length of '${name.length}' which exceeds the maximum length of '90'.`,
    );
  if (!/^[\p{L}\p{N}_().-]+$/u.test(name) || name.endsWith('.'))
    throw badRequest(
      'InvalidResourceGroup',
      `The provided resource group name '${name}' has these invalid characters or ends with a period.`,
    );
}
