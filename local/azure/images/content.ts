import { requireReference } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { freeze, type Backing } from '../disks/backing.ts';
import { checkCopied, imported } from '../disks/content.ts';
import { conflict, invalidParameter } from '../http/errors.ts';
import { isObject, listAt, numberAt, objectAt, textAt, type JsonObject } from '../json.ts';
import { isType, nameOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';

const DISK_OR_SNAPSHOT = ['Microsoft.Compute/disks', 'Microsoft.Compute/snapshots'];

/** What an image is made of: checked now, made when `open` is called. */
export type ImageContent = {
  readonly storageProfile: JsonObject;
  /** Undefined when the source does not know. */
  readonly generation: string | undefined;
  readonly open: () => Promise<Backing>;
};

export function contentOf(cloud: Cloud, body: JsonObject, location: string): ImageContent {
  const vmId = textAt(body, 'properties.sourceVirtualMachine.id');
  return vmId === undefined ? fromDisks(cloud, body, location) : fromVm(cloud, body, location, vmId);
}

/** Azure has managed images of x64 only: https://github.com/Azure/azure-sdk-for-go/issues/19665 */
function checkArchitecture(kind: string, architecture: string | undefined): void {
  if (architecture !== 'Arm64') return;
  throw conflict(
    'OperationNotAllowed',
    `Creating an image with ${kind} source that has CPU Architecture '${architecture}' is not supported. Please select ` +
      "a source resource with a supported CPU Architecture: 'x64'.",
  );
}

/** A VM can be captured once it is generalized, and only in its own region. */
export function checkCapturable(vm: Resource, location: string): void {
  const region = textAt(vm.body, 'location');
  if (region !== location)
    throw invalidParameter(
      `The virtual machine ${vm.id} is in '${region}'; its image cannot be in '${location}'.`,
      'location',
    );
  if (vm.state['generalized'] !== true)
    throw conflict(
      'OperationNotAllowed',
      `Capture of virtual machine '${nameOf(vm.id)}' is not allowed: the VM is not generalized. Generalize it first.`,
    );
}

function fromVm(cloud: Cloud, body: JsonObject, location: string, vmId: string): ImageContent {
  const vm = requireReference(cloud, vmId, ['Microsoft.Compute/virtualMachines']);
  if (textAt(vm.body, 'properties.securityProfile.securityType') === 'TrustedLaunch')
    throw conflict(
      'OperationNotAllowed',
      'Creation of managed images are not supported for virtual machine with TrustedLaunch security type.',
    );
  checkCapturable(vm, location);
  checkArchitecture('sourceVirtualMachine', textAt(vm.state, 'architecture'));
  const profile = objectAt(vm.body, 'properties.storageProfile');
  const osDisk = objectAt(profile, 'osDisk');
  const shown = (disk: JsonObject): JsonObject => ({
    caching: disk['caching'] ?? 'None',
    storageAccountType: textAt(disk, 'managedDisk.storageAccountType') ?? 'Standard_LRS',
    managedDisk: { id: textAt(disk, 'managedDisk.id') },
  });
  return {
    generation: textAt(vm.state, 'generation'),
    storageProfile: {
      ...objectAt(body, 'properties.storageProfile'),
      osDisk: { ...shown(osDisk), osType: textAt(vm.state, 'osType'), osState: 'Generalized' },
      dataDisks: listAt(profile, 'dataDisks').map((disk) => ({ lun: disk['lun'], ...shown(disk) })),
    },
    open: () => captureVm(cloud, vm),
  };
}

/** Frozen references to all disks of a VM. */
export async function captureVm(cloud: Cloud, vm: Resource): Promise<Backing> {
  const profile = objectAt(vm.body, 'properties.storageProfile');
  const frozen = (disk: JsonObject) =>
    freeze(cloud, requireReference(cloud, textAt(disk, 'managedDisk.id') ?? '', DISK_OR_SNAPSHOT));
  const dataDisks: { lun: number; disk: string }[] = [];
  for (const disk of listAt(profile, 'dataDisks'))
    dataDisks.push({ lun: numberAt(disk, 'lun') ?? 0, disk: await frozen(disk) });
  return { disk: await frozen(objectAt(profile, 'osDisk')), dataDisks };
}

function fromDisks(cloud: Cloud, body: JsonObject, location: string): ImageContent {
  const profile = objectAt(body, 'properties.storageProfile');
  if (!isObject(profile['osDisk']))
    throw invalidParameter('Required parameter storageProfile.osDisk is missing.', 'storageProfile.osDisk');
  const osDisk = objectAt(profile, 'osDisk');
  for (const name of ['osType', 'osState'])
    if (textAt(osDisk, name) === undefined)
      throw invalidParameter(
        `Required parameter storageProfile.osDisk.${name} is missing.`,
        `osDisk.${name}`,
      );
  const os = diskSource(cloud, osDisk, location);
  const data = listAt(profile, 'dataDisks').map((disk) => ({
    lun: numberAt(disk, 'lun') ?? 0,
    source: diskSource(cloud, disk, location),
  }));
  return {
    generation: os.generation,
    storageProfile: {
      ...profile,
      osDisk: { ...FILLED_IN, ...osDisk },
      dataDisks: listAt(profile, 'dataDisks').map((disk) => ({ ...FILLED_IN, ...disk })),
    },
    open: async () => {
      const dataDisks: { lun: number; disk: string }[] = [];
      for (const { lun, source } of data) dataDisks.push({ lun, disk: await source.open() });
      return { disk: await os.open(), dataDisks };
    },
  };
}

/** Recorded, whatever the SKU of the source is. */
const FILLED_IN = { caching: 'None', storageAccountType: 'Standard_LRS' };

/** One disk of an image: a snapshot, a managed disk or a VHD blob. */
function diskSource(cloud: Cloud, disk: JsonObject, location: string) {
  const blobUri = textAt(disk, 'blobUri');
  if (blobUri !== undefined)
    return { generation: undefined, open: imported(cloud, { sourceUri: blobUri }).open };
  const id = textAt(disk, 'snapshot.id') ?? textAt(disk, 'managedDisk.id');
  if (id === undefined)
    throw invalidParameter('An image disk needs a snapshot, a managedDisk or a blobUri.', 'storageProfile');
  const source = requireReference(cloud, id, DISK_OR_SNAPSHOT);
  const region = textAt(source.body, 'location');
  if (region !== location)
    throw invalidParameter(
      `${id} is in '${region}'; an image in '${location}' cannot be made of it.`,
      'location',
    );
  checkCopied(source);
  const kind = isType(id, 'Microsoft.Compute/snapshots') ? 'snapshot' : 'disk';
  checkArchitecture(kind, textAt(source.body, 'properties.supportedCapabilities.architecture'));
  return {
    generation: textAt(source.body, 'properties.hyperVGeneration'),
    open: () => freeze(cloud, source),
  };
}
