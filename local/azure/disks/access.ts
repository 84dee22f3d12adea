import { requireResource } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { conflict, invalidParameter } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import type { Answer } from '../http/route.ts';
import { numberAt, textAt } from '../json.ts';
import { accept } from '../operations/headers.ts';
import { nameOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';
import { backingOf } from './backing.ts';
import { checkCopied } from './content.ts';

/**
 * Hands out the content as a VHD. The result is `{accessSAS}` at Location and `{properties:{output:{accessSAS}}}` at
 * Azure-AsyncOperation. Until endGetAccess the disk cannot be deleted nor its VM started.
 */
export function beginGetAccess(request: ArmRequest, cloud: Cloud): Answer {
  const disk = requireResource(cloud, request.id);
  const seconds = numberAt(request.body, 'durationInSeconds');
  if (textAt(request.body, 'access') !== 'Read' || seconds === undefined || seconds < 1)
    throw invalidParameter('access must be Read and durationInSeconds a positive number.', 'access');
  checkFree(disk);
  checkCopied(disk);
  const backing = backingOf(disk);
  const before = textAt(disk.body, 'properties.diskState') ?? 'Unattached';
  const run = async () => {
    const content = await cloud.room.disks.content(backing.disk);
    try {
      const { blob, sas } = await cloud.blobs.disks.publish(content, seconds);
      cloud.resources.change(disk.id, {
        properties: { diskState: 'ActiveSAS' },
        state: { sas: blob, diskStateBefore: before },
      });
      return { accessSAS: sas };
    } finally {
      await content.close();
    }
  };
  return accept(request, cloud, { subject: disk.id, run }, { status: 202, location: true });
}

function checkFree(disk: Resource): void {
  const state = textAt(disk.body, 'properties.diskState');
  if (state === 'Attached')
    throw conflict(
      'OperationNotAllowed',
      `Access to disk '${nameOf(disk.id)}' cannot be granted while it is attached to running VM ` +
        `'${textAt(disk.body, 'managedBy')}'. Deallocate the VM first.`,
    );
  if (disk.state['sas'] !== undefined)
    throw conflict('Conflict', `Disk '${nameOf(disk.id)}' already has an active shared access signature.`);
}

/** Ends the access; nothing to do is fine. */
export function endGetAccess(request: ArmRequest, cloud: Cloud): Answer {
  const disk = requireResource(cloud, request.id);
  const run = async () => {
    const blob = textAt(disk.state, 'sas');
    if (blob === undefined) return;
    await cloud.blobs.disks.withdraw(blob);
    cloud.resources.change(disk.id, {
      properties: { diskState: textAt(disk.state, 'diskStateBefore') ?? 'Unattached' },
      state: { sas: undefined, diskStateBefore: undefined },
    });
  };
  return accept(request, cloud, { subject: disk.id, run }, { status: 202, location: true });
}
