import type { DiskId } from '../../machines/machine.ts';
import type { Cloud } from '../cloud.ts';
import { sizeProperties } from '../disks/backing.ts';
import { diskBody } from '../disks/body.ts';
import { conflict } from '../http/errors.ts';
import { textAt, type JsonObject } from '../json.ts';
import type { Resource } from '../store/resources.ts';
import { diskIdsOf } from './body.ts';

type VmDisk = {
  readonly id: string;
  readonly vmId: string;
  readonly disk: DiskId;
  readonly sku: string | undefined;
  readonly properties: JsonObject;
};

/** A managed disk that comes with a VM. */
export async function createVmDisk(cloud: Cloud, wanted: VmDisk): Promise<JsonObject> {
  const { id, vmId, disk, sku, properties } = wanted;
  const taken = textAt(cloud.resources.get(id)?.body, 'managedBy') ?? (cloud.resources.get(id) && 'nobody');
  if (taken !== undefined)
    throw conflict('ConflictingUserInput', `Disk '${id}' already exists and belongs to ${taken}.`);
  const location = textAt(cloud.resources.get(vmId)?.body, 'location') ?? '';
  const size = await sizeProperties(cloud, disk);
  const body = diskBody(
    { id, location, request: { sku: { name: sku ?? 'Premium_LRS' } } },
    { ...properties, ...size, diskState: 'Attached', provisioningState: 'Succeeded' },
  );
  cloud.resources.put({ id, body: { ...body, managedBy: vmId }, state: { disk } });
  return body;
}

/** `Attached` while it runs, `Reserved` when deallocated. */
export function setDiskStates(cloud: Cloud, vm: Resource, diskState: 'Attached' | 'Reserved'): void {
  for (const id of diskIdsOf(vm.body)) cloud.resources.change(id, { properties: { diskState } });
}
