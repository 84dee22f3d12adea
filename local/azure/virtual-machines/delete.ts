import type { Cloud } from '../cloud.ts';
import { releaseDisks } from '../disks/backing.ts';
import type { ArmRequest } from '../http/request.ts';
import type { Answer } from '../http/route.ts';
import { listAt, objectAt, textAt } from '../json.ts';
import { accept } from '../operations/headers.ts';
import type { Resource } from '../store/resources.ts';
import { detachInterfaces } from './interfaces.ts';
import { checkNoAccess } from './rules.ts';

/** 202; also ends a creation that is under way. Disks and interfaces follow their deleteOption. */
export function deleteVm(request: ArmRequest, cloud: Cloud): Answer {
  const vm = cloud.resources.get(request.id);
  if (vm === undefined) return { status: 204 };
  const doomed = ownDisks(vm).filter(({ remove }) => remove);
  checkNoAccess(
    cloud,
    doomed.map(({ id }) => id),
    `delete virtual machine ${vm.id}`,
  );
  cloud.resources.change(vm.id, { properties: { provisioningState: 'Deleting' } });
  return accept(
    request,
    cloud,
    {
      subject: vm.id,
      run: () => removeVm(cloud, cloud.resources.get(vm.id) ?? vm),
      failed: () => void cloud.resources.change(vm.id, { properties: { provisioningState: 'Failed' } }),
    },
    { status: 202, location: true },
  );
}

export async function removeVm(cloud: Cloud, vm: Resource): Promise<void> {
  for (const command of cloud.resources.list(vm.id)) {
    cloud.executions.cancel(command.id);
    cloud.resources.remove(command.id);
  }
  await cloud.machines.discard(vm.id);
  detachInterfaces(cloud, vm);
  for (const { id, remove } of ownDisks(vm)) {
    const disk = cloud.resources.get(id);
    if (disk === undefined) continue;
    if (!remove) {
      cloud.resources.change(id, { body: { managedBy: undefined }, properties: { diskState: 'Unattached' } });
      continue;
    }
    await releaseDisks(cloud, disk);
    cloud.resources.remove(id);
  }
  cloud.resources.remove(vm.id);
}

function ownDisks(vm: Resource): { id: string; remove: boolean }[] {
  const profile = objectAt(vm.body, 'properties.storageProfile');
  return [objectAt(profile, 'osDisk'), ...listAt(profile, 'dataDisks')].map((disk) => ({
    id: textAt(disk, 'managedDisk.id') ?? '',
    remove: textAt(disk, 'deleteOption') === 'Delete',
  }));
}
