import type { DiskId } from '../../machines/machine.ts';
import type { Cloud } from '../cloud.ts';
import { conflict } from '../http/errors.ts';
import { listAt, numberAt, textAt, type JsonObject } from '../json.ts';
import { isType } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';

export type DataDisk = { readonly lun: number; readonly disk: DiskId };

/** The disks behind a resource: `state.disk` for the OS or only disk, `state.dataDisks` for the others. */
export type Backing = { readonly disk: DiskId; readonly dataDisks: readonly DataDisk[] };

export function backingOf(resource: Resource): Backing {
  const disk = textAt(resource.state, 'disk');
  if (disk === undefined)
    throw conflict(
      'OperationNotAllowed',
      `${resource.id} has no content yet: its creation has not succeeded.`,
    );
  const dataDisks = listAt(resource.state, 'dataDisks').map((item) => ({
    lun: numberAt(item, 'lun') ?? 0,
    disk: textAt(item, 'disk') ?? '',
  }));
  return { disk, dataDisks };
}

export function toState({ disk, dataDisks }: Backing): JsonObject {
  return { disk, dataDisks: dataDisks.map((item) => ({ ...item })) };
}

/**
 * A reference of its own to the present content. A managed disk goes on changing and is frozen; images, versions and
 * snapshots never change, so a layer on them is enough. Nothing is copied.
 */
export async function freeze(cloud: Cloud, resource: Resource): Promise<DiskId> {
  const { disk } = backingOf(resource);
  return isType(resource.id, 'Microsoft.Compute/disks')
    ? cloud.room.disks.snapshot(disk)
    : cloud.room.disks.overlay(disk);
}

/** Layers on all disks of an image or version, for another resource to own. */
export async function layersOn(cloud: Cloud, backing: Backing): Promise<Backing> {
  const disk = await cloud.room.disks.overlay(backing.disk);
  const dataDisks: DataDisk[] = [];
  for (const { lun, disk: parent } of backing.dataDisks)
    dataDisks.push({ lun, disk: await cloud.room.disks.overlay(parent) });
  return { disk, dataDisks };
}

/** Frees the disks of a resource that goes. */
export async function releaseDisks(cloud: Cloud, { state }: Resource): Promise<void> {
  const ids = [textAt(state, 'disk'), ...listAt(state, 'dataDisks').map((item) => textAt(item, 'disk'))];
  for (const id of ids) if (id !== undefined) await cloud.room.disks.remove(id);
}

const GIB = 1024 ** 3;

/** ARM's two size members. */
export async function sizeProperties(cloud: Cloud, disk: DiskId): Promise<JsonObject> {
  const diskSizeBytes = await cloud.room.disks.virtualSize(disk);
  return { diskSizeGB: Math.max(1, Math.ceil(diskSizeBytes / GIB)), diskSizeBytes };
}
