import type { MachineSpec } from '../../machines/machine.ts';
import type { Cloud } from '../cloud.ts';
import { requireSize } from '../catalogue/skus.ts';
import { backingOf } from '../disks/backing.ts';
import { listAt, numberAt, textAt } from '../json.ts';
import { requireReference } from '../arm/checks.ts';
import { toGeneration } from './source.ts';
import { setDiskStates } from './disks.ts';

/** Starts the machine of a VM, creating it first when this process has none. Rejects when the guest does not come up. */
export async function boot(cloud: Cloud, vmId: string): Promise<void> {
  const vm = cloud.resources.get(vmId);
  if (vm === undefined) throw new Error(`${vmId} is gone.`);
  setDiskStates(cloud, vm, 'Attached');
  await cloud.machines.boot(vmId, specOf(cloud, vmId), () => {
    cloud.resources.change(vmId, { state: { power: 'stopped' } });
  });
}

/** The machine is smaller than the VM size says when the host cannot give as much. */
function specOf(cloud: Cloud, vmId: string): MachineSpec {
  const vm = cloud.resources.get(vmId);
  const body = vm?.body;
  const size = requireSize(cloud, textAt(body, 'properties.hardwareProfile.vmSize') ?? '');
  const { maxCpus, maxMemoryMiB } = cloud.profile.machines;
  const profile = 'properties.storageProfile';
  const dataDisks = listAt(body, `${profile}.dataDisks`).map((disk) => ({
    lun: numberAt(disk, 'lun') ?? 0,
    disk: diskOf(cloud, textAt(disk, 'managedDisk.id') ?? ''),
  }));
  return {
    id: textAt(body, 'properties.vmId') ?? '',
    generation: toGeneration(textAt(vm?.state, 'generation')),
    disk: diskOf(cloud, textAt(body, `${profile}.osDisk.managedDisk.id`) ?? ''),
    dataDisks,
    memoryMiB: Math.min(size.memoryGiB * 1024, maxMemoryMiB),
    cpus: Math.min(size.vCpus, maxCpus),
  };
}

function diskOf(cloud: Cloud, id: string): string {
  return backingOf(requireReference(cloud, id, ['Microsoft.Compute/disks'])).disk;
}
