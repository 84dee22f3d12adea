import { requireReference } from '../arm/checks.ts';
import { coreQuota, requireSize, usedCores } from '../catalogue/skus.ts';
import type { Cloud } from '../cloud.ts';
import { badRequest, conflict, invalidParameter } from '../http/errors.ts';
import { listAt, objectAt, textAt, type JsonObject } from '../json.ts';
import { findSubnet } from '../network/subnets.ts';
import { keyOf, nameOf, parentOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';
import type { Size } from '../profile/profile.ts';
import type { VmSource } from './source.ts';

const NIC = 'Microsoft.Network/networkInterfaces';

/** The size of a new VM. Throws when it is unknown, restricted in the region or above the quota. */
export function checkSize(cloud: Cloud, properties: JsonObject, location: string): Size {
  const size = requireSize(cloud, textAt(properties, 'hardwareProfile.vmSize') ?? '');
  if (size.restrictedIn?.includes(location) === true)
    throw conflict(
      'SkuNotAvailable',
      `The requested VM size for resource '${size.name}' is currently not available in location '${location}'. ` +
        'Please try another size or deploy to a different location or different zone.',
    );
  const used = usedCores(cloud, location);
  const limit = coreQuota(cloud, location);
  if (used + size.vCpus > limit)
    throw conflict(
      'OperationNotAllowed',
      `Operation could not be completed as it results in exceeding approved Total Regional Cores quota. Additional ` +
        `details - Location: ${location}, Current Limit: ${limit}, Current Usage: ${used}, Additional Required: ` +
        `${size.vCpus}. Submit a request for quota increase.`,
    );
  return size;
}

/** Size, generation, processor and security type must go together. */
export function checkCompatible(
  size: Size,
  source: Pick<VmSource, 'generation' | 'architecture' | 'securityType'>,
  properties: JsonObject,
): void {
  if (!size.generations.split(',').includes(source.generation))
    throw badRequest(
      'BadRequest',
      `The selected VM size '${size.name}' cannot boot Hypervisor Generation '${source.generation.slice(1)}'. If this ` +
        'was a Create operation please check that the Hypervisor Generation of the Image matches the Hypervisor ' +
        'Generation of the selected VM Size.',
    );
  if (size.architecture !== source.architecture)
    throw badRequest(
      'BadRequest',
      `Cannot create a VM of size '${size.name}' because this VM size only supports a CPU Architecture of ` +
        `'${size.architecture}', but an image or disk with CPU Architecture '${source.architecture}' was given. Please ` +
        'check that the CPU Architecture of the image or disk is compatible with that of the VM size.',
    );
  const securityType = textAt(properties, 'securityProfile.securityType');
  checkSecurity(securityType ?? 'Standard', source.securityType ?? 'Standard');
  if (securityType !== 'TrustedLaunch') return;
  if (source.generation === 'V1' || size.trustedLaunchDisabled === true)
    throw badRequest(
      'BadRequest',
      'Use of TrustedLaunch setting is not supported for the provided image or VM size. Please select a Trusted Launch ' +
        'supported Gen2 OS image and size.',
    );
}

/** https://learn.microsoft.com/azure/virtual-machines/trusted-launch-portal */
function checkSecurity(wanted: string, image: string): void {
  if (image === 'TrustedLaunch' && wanted !== image)
    throw badRequest(
      'BadRequest',
      "The provided gallery image only supports creation of VMs and VM Scale Sets with 'TrustedLaunch' security type.",
    );
  if (image === 'Standard' && wanted === 'TrustedLaunch')
    throw badRequest(
      'BadRequest',
      'Security type of VM is not compatible with the security type of the image. Use an image that supports TrustedLaunch.',
    );
}

/** Network references of the body: existing interfaces, or subnets of inline ones. */
export function checkNetwork(cloud: Cloud, vmId: string, properties: JsonObject, location: string): void {
  const existing = listAt(properties, 'networkProfile.networkInterfaces');
  const inline = listAt(properties, 'networkProfile.networkInterfaceConfigurations');
  if (existing.length + inline.length === 0)
    throw invalidParameter('Virtual Machine must have at least one network interface.', 'networkProfile');
  for (const reference of existing) checkInterface(cloud, vmId, textAt(reference, 'id') ?? '');
  const configurations = inline.flatMap((item) => listAt(item, 'properties.ipConfigurations'));
  for (const configuration of configurations) {
    const subnet = textAt(configuration, 'properties.subnet.id') ?? '';
    if (findSubnet(cloud, subnet) !== undefined && regionOf(cloud, parentOf(subnet)) === location) continue;
    throw badRequest(
      'InvalidResourceReference',
      `Resource ${subnet} referenced by resource ${vmId} was not found. Please make sure that the referenced ` +
        'resource exists, and that both resources are in the same region.',
    );
  }
}

function regionOf(cloud: Cloud, id: string): string | undefined {
  return textAt(cloud.resources.get(id)?.body, 'location');
}

function checkInterface(cloud: Cloud, vmId: string, id: string): void {
  const nic = requireReference(cloud, id, [NIC]);
  const owner = textAt(nic.body, 'properties.virtualMachine.id');
  if (owner !== undefined && keyOf(owner) !== keyOf(vmId))
    throw badRequest('NicInUse', `Network Interface ${id} is used by existing resource ${owner}.`);
}

/** What cannot change in a VM that is there: Azure names the property. */
export function checkUnchanged(existing: Resource, properties: JsonObject): void {
  const before = objectAt(existing.body, 'properties.storageProfile.imageReference');
  const after = objectAt(properties, 'storageProfile.imageReference');
  const changed = ['id', 'publisher', 'offer', 'sku', 'version'].find(
    (name) => after[name] !== undefined && textAt(after, name) !== textAt(before, name),
  );
  if (changed === undefined) return;
  throw conflict(
    'PropertyChangeNotAllowed',
    `Changing property 'imageReference.${changed}' is not allowed.`,
    `imageReference.${changed}`,
  );
}

/** One change of a VM at a time. */
export function checkIdle(vm: Resource): void {
  const state = textAt(vm.body, 'properties.provisioningState');
  if (state === 'Creating' || state === 'Deleting')
    throw conflict(
      'Conflict',
      `The request failed due to conflict with a concurrent request: virtual machine '${nameOf(vm.id)}' is ${state}. ` +
        'To resolve it, please wait until that operation has ended.',
    );
}

/** A generalized VM has no identity any more and never starts again. */
export function checkNotGeneralized(vm: Resource, action: string): void {
  if (vm.state['generalized'] !== true) return;
  throw conflict(
    'OperationNotAllowed',
    `Operation '${action}' is not allowed on VM '${nameOf(vm.id)}' since the VM is generalized.`,
  );
}

export function checkNoAccess(cloud: Cloud, diskIds: readonly string[], action: string): void {
  const blocked = diskIds
    .map((id) => cloud.resources.get(id))
    .find((disk) => disk !== undefined && typeof disk.state['sas'] === 'string');
  if (blocked === undefined) return;
  throw conflict(
    'OperationNotAllowed',
    `Cannot ${action} because the disk '${nameOf(blocked.id)}' has an active shared access signature. Call endGetAccess first.`,
  );
}
