import type { Cloud } from '../cloud.ts';
import { backingOf, type Backing } from '../disks/backing.ts';
import { ArmError, conflict, invalidParameter } from '../http/errors.ts';
import { listAt, numberAt, objectAt, textAt, type JsonObject } from '../json.ts';
import type { FaultEffect, Size } from '../profile/profile.ts';
import { createVmDisk } from './disks.ts';
import { boot } from './boot.ts';
import { removeVm } from './delete.ts';
import { attachInterfaces } from './interfaces.ts';
import { diskId } from './body.ts';
import type { VmSource } from './source.ts';

export type Provisioning = {
  readonly id: string;
  readonly osDiskId: string;
  /** Undefined when the OS disk exists and is attached. */
  readonly source: VmSource | undefined;
  readonly size: Size;
  readonly properties: JsonObject;
  readonly effect: FaultEffect | undefined;
};

/** Azure seconds after which the profile's `evict` takes a Spot VM. */
const EVICTION_SECONDS = 120;

/** Everything that happens after the PUT was accepted: allocation, disks, network, boot. */
export async function provision(cloud: Cloud, plan: Provisioning): Promise<void> {
  const code = cloud.faults.allocation(plan.size.name);
  if (code !== undefined)
    throw conflict(
      code,
      'Allocation failed. We do not have sufficient capacity for the requested VM size in this region. Read more ' +
        'about improving likelihood of allocation success at https://aka.ms/allocation-guidance',
    );
  await createDisks(cloud, plan);
  stillThere(cloud, plan.id);
  attachInterfaces(cloud, plan.id, plan.properties);
  if (plan.effect === 'agent-never-ready') cloud.resources.change(plan.id, { state: { agent: 'never' } });
  await startMachine(cloud, plan.id);
  stillThere(cloud, plan.id);
  cloud.resources.change(plan.id, {
    properties: { provisioningState: 'Succeeded' },
    state: { power: 'running' },
  });
  if (plan.effect === 'evict') evictLater(cloud, plan);
}

async function startMachine(cloud: Cloud, id: string): Promise<void> {
  try {
    await boot(cloud, id);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ArmError(
      409,
      'OSProvisioningTimedOut',
      `OS Provisioning for VM '${id.split('/').at(-1)}' did not finish in the allotted time. ${reason}`,
    );
  }
}

async function createDisks(cloud: Cloud, { id, osDiskId, source, properties }: Provisioning): Promise<void> {
  const vm = stillThere(cloud, id);
  const osDisk = objectAt(vm.body, 'properties.storageProfile.osDisk');
  if (source === undefined) {
    cloud.resources.change(osDiskId, { body: { managedBy: id }, properties: { diskState: 'Attached' } });
    return createDataDisks(cloud, id, properties, { disk: '', dataDisks: [] });
  }
  const opened = await source.open();
  const disk = await grow(cloud, opened.disk, numberAt(osDisk, 'diskSizeGB'));
  stillThere(cloud, id);
  const made = await createVmDisk(cloud, {
    id: osDiskId,
    vmId: id,
    disk,
    sku: textAt(osDisk, 'managedDisk.storageAccountType'),
    properties: {
      osType: source.osType,
      hyperVGeneration: source.generation,
      supportedCapabilities: { architecture: source.architecture },
      creationData: { createOption: 'FromImage', imageReference: { id: imageIdOf(cloud, source) } },
    },
  });
  setOsDiskSize(cloud, id, made);
  await createDataDisks(cloud, id, properties, opened);
}

async function grow(cloud: Cloud, disk: string, sizeGiB: number | undefined): Promise<string> {
  if (sizeGiB === undefined) return disk;
  const before = Math.ceil((await cloud.room.disks.virtualSize(disk)) / 1024 ** 3);
  if (sizeGiB < before)
    throw invalidParameter(
      `The specified disk size ${sizeGiB} GB is smaller than the size of the corresponding disk in the VM image: ` +
        `${before} GB. This is not allowed. Please choose equal or greater size or do not specify an explicit size.`,
      'osDisk.diskSizeGB',
    );
  return sizeGiB === before ? disk : cloud.room.disks.overlay(disk, sizeGiB);
}

function imageIdOf(cloud: Cloud, { reference }: VmSource): string {
  const part = (name: string) => textAt(reference, name) ?? '';
  return (
    textAt(reference, 'id') ??
    textAt(reference, 'sharedGalleryImageId') ??
    textAt(reference, 'communityGalleryImageId') ??
    `/Subscriptions/${cloud.subscriptionId}/Providers/Microsoft.Compute/Locations/local/Publishers/${part('publisher')}` +
      `/ArtifactTypes/VMImage/Offers/${part('offer')}/Skus/${part('sku')}/Versions/${part('exactVersion')}`
  );
}

function setOsDiskSize(cloud: Cloud, id: string, disk: JsonObject): void {
  const profile = objectAt(cloud.resources.get(id)?.body, 'properties.storageProfile');
  const diskSizeGB = numberAt(disk, 'properties.diskSizeGB');
  const osDisk = { ...objectAt(profile, 'osDisk'), diskSizeGB };
  cloud.resources.change(id, { properties: { storageProfile: { ...profile, osDisk } } });
}

/** Empty, attached, or part of the image. */
async function createDataDisks(
  cloud: Cloud,
  id: string,
  properties: JsonObject,
  image: Backing,
): Promise<void> {
  const wanted = listAt(properties, 'storageProfile.dataDisks');
  const fromImage = image.dataDisks.filter(({ lun }) =>
    wanted.every((disk) => numberAt(disk, 'lun') !== lun),
  );
  const all = [...wanted, ...fromImage.map(({ lun }): JsonObject => ({ lun, createOption: 'FromImage' }))];
  const shown: JsonObject[] = [];
  for (const disk of all) shown.push(await createDataDisk(cloud, id, disk, image));
  const profile = objectAt(cloud.resources.get(id)?.body, 'properties.storageProfile');
  cloud.resources.change(id, { properties: { storageProfile: { ...profile, dataDisks: shown } } });
}

async function createDataDisk(
  cloud: Cloud,
  vmId: string,
  wanted: JsonObject,
  image: Backing,
): Promise<JsonObject> {
  const lun = numberAt(wanted, 'lun') ?? 0;
  const attached = textAt(wanted, 'managedDisk.id');
  if (attached !== undefined) {
    const disk = cloud.resources.get(attached);
    if (disk === undefined) throw conflict('NotFound', `Disk ${attached} is not found.`);
    backingOf(disk);
    cloud.resources.change(attached, { body: { managedBy: vmId }, properties: { diskState: 'Attached' } });
    return wanted;
  }
  const content =
    image.dataDisks.find((part) => part.lun === lun)?.disk ??
    (await cloud.room.disks.blank(numberAt(wanted, 'diskSizeGB') ?? 4));
  const name = textAt(wanted, 'name') ?? `${vmId.split('/').at(-1)}_DataDisk_${lun}`;
  const body = await createVmDisk(cloud, {
    id: diskId(vmId, name),
    vmId,
    disk: content,
    sku: textAt(wanted, 'managedDisk.storageAccountType'),
    properties: { creationData: { createOption: textAt(wanted, 'createOption') ?? 'Empty' } },
  });
  const managedDisk = { ...objectAt(wanted, 'managedDisk'), id: textAt(body, 'id') };
  return { ...wanted, name, managedDisk, diskSizeGB: numberAt(body, 'properties.diskSizeGB') };
}

/** A DELETE during the creation wins. */
function stillThere(cloud: Cloud, id: string) {
  const vm = cloud.resources.get(id);
  if (vm !== undefined && textAt(vm.body, 'properties.provisioningState') !== 'Deleting') return vm;
  throw new ArmError(
    409,
    'OperationPreempted',
    'Operation execution has been preempted by a more recent operation.',
  );
}

/** The VM object stays in state Failed, as in Azure: it must be deleted before another size is tried. */
export async function fail(cloud: Cloud, id: string, error: ArmError): Promise<void> {
  await cloud.machines.discard(id);
  if (error.code === 'OperationPreempted') return;
  cloud.resources.change(id, {
    properties: { provisioningState: 'Failed' },
    state: { power: 'stopped', failure: error.toError() },
  });
}

function evictLater(cloud: Cloud, { id, properties }: Provisioning): void {
  if (textAt(properties, 'priority') !== 'Spot') return;
  const evict = async () => {
    const vm = cloud.resources.get(id);
    if (vm === undefined) return;
    cloud.log(`evicting ${id}`);
    if (textAt(properties, 'evictionPolicy') === 'Delete') return removeVm(cloud, vm);
    await cloud.machines.discard(id);
    cloud.resources.change(id, { state: { power: 'deallocated' } });
  };
  setTimeout(() => void evict(), cloud.faults.compress(EVICTION_SECONDS)).unref();
}
