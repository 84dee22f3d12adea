import { setTimeout as sleep } from 'node:timers/promises';
import { groupNotFound } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { releaseDisks } from '../disks/backing.ts';
import { ArmError } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import { param, type Answer } from '../http/route.ts';
import { textAt } from '../json.ts';
import { retryHeaders } from '../operations/headers.ts';
import { typeOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';

/** Dependents first: https://learn.microsoft.com/azure/azure-resource-manager/management/delete-resource-group#how-order-of-deletion-is-determined */
const ORDER = [
  'microsoft.compute/virtualmachines/runcommands',
  'microsoft.compute/virtualmachines',
  'microsoft.network/networkinterfaces',
  'microsoft.compute/galleries/images/versions',
  'microsoft.compute/galleries/images',
  'microsoft.compute/galleries',
  'microsoft.compute/images',
  'microsoft.compute/snapshots',
  'microsoft.compute/disks',
  'microsoft.network/virtualnetworks',
  'microsoft.network/natgateways',
  'microsoft.network/publicipaddresses',
  'microsoft.network/networksecuritygroups',
];

/** 202 with a Location; the group shows Deleting meanwhile and takes nothing new. */
export function deleteGroup(request: ArmRequest, cloud: Cloud): Answer {
  const group = cloud.resources.get(request.id);
  if (group === undefined) throw groupNotFound(param(request, 'resourceGroupName'));
  cloud.resources.change(group.id, { properties: { provisioningState: 'Deleting' } });
  const operation = cloud.operations.start(request, {
    subject: group.id,
    run: () => removeAll(cloud, group),
    failed: () => void cloud.resources.change(group.id, { properties: { provisioningState: 'Succeeded' } }),
  });
  const version = encodeURIComponent(request.apiVersion);
  const url = `${request.base}/subscriptions/${cloud.subscriptionId}/operationresults/${operation.id}?api-version=${version}`;
  return { status: 202, headers: { Location: url, ...retryHeaders(cloud, group.id) } };
}

async function removeAll(cloud: Cloud, group: Resource): Promise<void> {
  const rank = (resource: Resource) => {
    const index = ORDER.indexOf(typeOf(resource.id).toLowerCase());
    return index < 0 ? ORDER.length : index;
  };
  for (const resource of cloud.resources.list(group.id).sort((a, b) => rank(a) - rank(b)))
    await removeOne(cloud, resource);
  // What was being created while the list was read.
  for (const late of cloud.resources.list(group.id)) await removeOne(cloud, late);
  cloud.resources.remove(group.id);
}

async function removeOne(cloud: Cloud, resource: Resource): Promise<void> {
  // A read between two deletes would otherwise wait for all of them: SQLite and the handlers share this thread.
  await sleep(0);
  if (typeof resource.state['sas'] === 'string')
    throw new ArmError(
      409,
      'ResourceGroupDeletionBlocked',
      `Deletion of resource group '${textAt(resource.body, 'id')?.split('/')[4]}' failed as resource '${resource.id}' ` +
        'could not be deleted: it has an active shared access signature (OperationNotAllowed). Revoke it first.',
    );
  cloud.executions.cancel(resource.id);
  await cloud.machines.discard(resource.id);
  await releaseDisks(cloud, resource);
  cloud.resources.remove(resource.id);
}
