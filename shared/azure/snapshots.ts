import type { Snapshot } from '@azure/arm-compute';
import { addressOf } from './addresses.ts';
import type { Connection } from './clients.ts';
import { start } from './operations.ts';
import { adopt, orUndefined } from './ownership.ts';
import type { Azure, StartedOperation } from '../ports/azure.ts';

type Snapshots = Azure['snapshots'];

/** https://learn.microsoft.com/azure/virtual-machines/disks-copy-incremental-snapshot-across-regions */
export function snapshotsOf(connection: Connection): Snapshots {
  const find = async (id: string): Promise<Snapshot | undefined> => {
    const { clients, group, name } = addressOf(connection, id);
    return await orUndefined(clients.compute.snapshots.get(group, name));
  };
  const put = async (id: string, body: Snapshot): Promise<StartedOperation> => {
    const existing = await find(id);
    const found = existing && { tags: existing.tags ?? {}, state: existing.provisioningState ?? '' };
    const adopted = found && adopt(connection, id, body.tags ?? {}, found);
    if (adopted) return adopted;
    const { clients, group, name } = addressOf(connection, id);
    return await start(connection, (options) =>
      clients.compute.snapshots.createOrUpdate(group, name, body, options),
    );
  };
  return {
    startSnapshot: async (id, request) => await put(id, snapshotBody(request, request.diskId, 'Copy')),
    startCopy: async (id, request) => await put(id, snapshotBody(request, request.snapshotId, 'CopyStart')),
    async copyProgress(id) {
      const found = await find(id);
      if (found === undefined) return undefined;
      const reason = found.copyCompletionError?.errorMessage;
      return { percent: found.completionPercent ?? 0, ...(reason !== undefined && { reason }) };
    },
  };
}

/** Only incremental snapshots can be copied to another region. */
function snapshotBody(
  { location, tags }: { location: string; tags: Readonly<Record<string, string>> },
  sourceResourceId: string,
  createOption: 'Copy' | 'CopyStart',
): Snapshot {
  return { location, tags: { ...tags }, incremental: true, creationData: { createOption, sourceResourceId } };
}
