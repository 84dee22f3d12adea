import type { Cloud } from '../cloud.ts';
import { conflict } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import type { Answer } from '../http/route.ts';
import { textAt } from '../json.ts';
import { accept } from '../operations/headers.ts';
import { nameOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';
import { releaseDisks } from './backing.ts';

/** DELETE of a managed disk or snapshot. */
export function deleteDisk(request: ArmRequest, cloud: Cloud): Answer {
  const disk = cloud.resources.get(request.id);
  if (disk === undefined) return { status: 204 };
  checkDeletable(disk);
  const run = async () => {
    await releaseDisks(cloud, disk);
    cloud.resources.remove(disk.id);
  };
  return accept(request, cloud, { subject: disk.id, run }, { status: 202, location: true });
}

function checkDeletable(disk: Resource): void {
  const owner = textAt(disk.body, 'managedBy');
  if (owner !== undefined)
    throw conflict('OperationNotAllowed', `Disk ${nameOf(disk.id)} is attached to VM ${owner}.`);
  if (disk.state['sas'] !== undefined)
    throw conflict(
      'OperationNotAllowed',
      `There is an active shared access signature outstanding for disk ${nameOf(disk.id)}. Call EndGetAccess before ` +
        'deleting the disk.',
    );
}
