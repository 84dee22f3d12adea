import type { Cloud } from '../cloud.ts';
import { conflict, invalidParameter } from '../http/errors.ts';
import { flagAt, numberAt, sameText, textAt, type JsonObject } from '../json.ts';
import { isType } from '../store/ids.ts';

const SNAPSHOT = 'Microsoft.Compute/snapshots';

/** https://learn.microsoft.com/azure/virtual-machines/disks-copy-incremental-snapshot-across-regions */
export function checkSnapshot(cloud: Cloud, body: JsonObject): void {
  if (textAt(body, 'properties.creationData.createOption') !== 'CopyStart') return;
  const sourceId = textAt(body, 'properties.creationData.sourceResourceId') ?? '';
  const source = cloud.resources.get(sourceId);
  if (!isType(sourceId, SNAPSHOT))
    throw invalidParameter('CopyStart copies snapshots only.', 'creationData.sourceResourceId');
  const incremental = flagAt(body, 'properties.incremental') === true;
  if (!incremental || (source !== undefined && flagAt(source.body, 'properties.incremental') !== true))
    throw invalidParameter('Only incremental snapshots can be copied across regions.', 'incremental');
  const other = cloud.resources
    .list(`/subscriptions/${cloud.subscriptionId}`, SNAPSHOT)
    .filter(({ state }) => (numberAt(state, 'copiedAt') ?? 0) > Date.now())
    .find((copy) => sameText(textAt(copy.body, 'properties.creationData.sourceResourceId'), sourceId));
  if (other !== undefined)
    throw conflict(
      'OperationNotAllowed',
      `You can only copy one incremental snapshot of a particular disk at a time: ${other.id} is not complete.`,
    );
}
