import type { Disk } from '@azure/arm-compute';
import { KilnError } from '../errors/failure.ts';
import { addressOf } from './addresses.ts';
import { textAt } from './answer.ts';
import type { Connection } from './clients.ts';
import { result, start, startWithResult, startRemoval } from './operations.ts';
import { adopt, orUndefined } from './ownership.ts';
import type { Azure, StartedOperation, Tags } from '../ports/azure.ts';

export function disksOf(connection: Connection): Azure['disks'] {
  const disksAt = (id: string) => {
    const { clients, group, name } = addressOf(connection, id);
    return { disks: clients.compute.disks, group, name };
  };
  return {
    startEmpty: async (id, { sizeGB, generation, ...common }) =>
      await createOnce(connection, id, {
        ...common,
        sku: { name: 'StandardSSD_LRS' },
        osType: 'Linux',
        hyperVGeneration: generation,
        diskSizeGB: sizeGB,
        creationData: { createOption: 'Empty' },
      }),
    startFromVersion: async (id, { versionId, ...common }) => {
      const creationData = { createOption: 'FromImage', galleryImageReference: { id: versionId } };
      return await createOnce(connection, id, { ...common, creationData });
    },
    startFromSnapshot: async (id, { snapshotId, ...common }) => {
      const creationData = { createOption: 'Copy', sourceResourceId: snapshotId };
      return await createOnce(connection, id, { ...common, sku: { name: 'StandardSSD_LRS' }, creationData });
    },
    async startAccess(id, seconds) {
      const { disks, group, name } = disksAt(id);
      return await startWithResult(connection, (options) =>
        disks.grantAccess(group, name, { access: 'Read', durationInSeconds: seconds }, options),
      );
    },
    accessUrl: async (id, operation) => await accessUrl(connection, id, operation),
    async revokeAccess(id) {
      const { disks, group, name } = disksAt(id);
      await startRemoval(connection, (options) => disks.revokeAccess(group, name, options));
    },
  };
}

/** Adopts the disk when an earlier execution of the same run has started it. */
async function createOnce(
  connection: Connection,
  id: string,
  { tags, ...body }: Omit<Disk, 'tags'> & { readonly tags: Tags },
): Promise<StartedOperation> {
  const { clients, group, name } = addressOf(connection, id);
  const existing = await orUndefined(clients.compute.disks.get(group, name));
  const found = existing && { tags: existing.tags ?? {}, state: existing.provisioningState ?? '' };
  const adopted = found && adopt(connection, id, tags, found);
  if (adopted) return adopted;
  return await start(connection, (options) =>
    clients.compute.disks.createOrUpdate(group, name, { ...body, tags: { ...tags } }, options),
  );
}

/**
 * The signed URL is part of the operation's result, at its Location as `{accessSAS}` or in its status as
 * `{properties: {output: {accessSAS}}}`. Nothing but this answer ever holds it.
 */
async function accessUrl(connection: Connection, id: string, operation: StartedOperation): Promise<string> {
  if (!operation.done) {
    const body = await result(connection, operation.pollUrl);
    const url = textAt(body, 'accessSAS') ?? textAt(body, 'accessSas');
    if (url !== undefined) return url;
  }
  throw new KilnError({
    code: 'CaptureFailed',
    message: `Azure granted access to ${id} without a URL to read it from. Start the access again.`,
    target: id,
  });
}
