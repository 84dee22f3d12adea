import { parseFilter } from '../arm/lists.ts';
import { canonicalLocation, checkLocation } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { invalidParameter } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import { ok, param, type Answer } from '../http/route.ts';
import { sameText, textAt, type JsonObject } from '../json.ts';
import type { Size } from '../profile/profile.ts';
import type { Resource } from '../store/resources.ts';

/** The VM size of that name. Throws Compute's InvalidParameter. */
export function requireSize(cloud: Cloud, name: string): Size {
  const size = cloud.profile.sizes.find((candidate) => sameText(candidate.name, name));
  if (size !== undefined) return size;
  throw invalidParameter(`The value '${name}' provided for the VM size is not valid.`, 'vmSize');
}

/**
 * Sizes and disk types by region; a region that does not exist has none.
 * https://learn.microsoft.com/rest/api/compute/resource-skus/list
 */
export function listSkus(request: ArmRequest, cloud: Cloud): Answer {
  const wanted = parseFilter(request.query.get('$filter'), ['location'])[0]?.value;
  const { locations, sizes } = cloud.profile;
  const shown = locations.filter((name) => wanted === undefined || name === canonicalLocation(wanted));
  const value = shown.flatMap((location) => [
    ...DISK_TYPES.map((name) => diskSku(name, location)),
    ...sizes.map((size) => toSku(size, location)),
  ]);
  return ok({ value });
}

const DISK_TYPES = ['Standard_LRS', 'StandardSSD_LRS', 'Premium_LRS', 'Premium_ZRS'];
const ZONES = ['1', '2', '3'];

/** The list mixes resource types: clients pick `resourceType eq virtualMachines` themselves. */
function diskSku(name: string, location: string): JsonObject {
  return { ...place('disks', location), name, tier: name.split('_')[0], capabilities: [], restrictions: [] };
}

function place(resourceType: string, location: string): JsonObject {
  const locationInfo = [{ location, zones: ZONES, zoneDetails: [] }];
  return { resourceType, locations: [location], locationInfo };
}

function toSku(size: Size, location: string): JsonObject {
  return {
    ...place('virtualMachines', location),
    name: size.name,
    tier: 'Standard',
    size: size.name.replace('Standard_', ''),
    family: size.family,
    capabilities: capabilitiesOf(size),
    restrictions: restrictionsOf(size, location),
  };
}

/** Every value is a text. A capability that a size does not have is often left out, as trusted launch is where it works. */
function capabilitiesOf(size: Size): JsonObject[] {
  const capabilities: Readonly<Record<string, string | number>> = {
    MaxResourceVolumeMB: 0,
    OSVhdSizeMB: 1_047_552,
    vCPUs: size.vCpus,
    MemoryPreservingMaintenanceSupported: 'True',
    HyperVGenerations: size.generations,
    DiskControllerTypes: size.diskControllers ?? 'SCSI',
    CpuArchitectureType: size.architecture,
    MemoryGB: size.memoryGiB,
    MaxDataDiskCount: size.vCpus * 4,
    LowPriorityCapable: 'True',
    PremiumIO: 'True',
    VMDeploymentTypes: 'IaaS',
    vCPUsAvailable: size.vCpus,
    EphemeralOSDiskSupported: 'False',
    EncryptionAtHostSupported: 'True',
    AcceleratedNetworkingEnabled: 'True',
    MaxNetworkInterfaces: 2,
    ...(size.trustedLaunchDisabled === true ? { TrustedLaunchDisabled: 'True' } : {}),
  };
  return Object.entries(capabilities).map(([name, value]) => ({ name, value: String(value) }));
}

/** `Location`: the subscription may not use the size there at all; `Zone`: only not in those zones. */
function restrictionsOf(size: Size, location: string): JsonObject[] {
  const reasonCode = 'NotAvailableForSubscription';
  const values = [location];
  const restricted = (size.restrictedIn ?? []).map(canonicalLocation).includes(location);
  const zones = [...(size.restrictedZones ?? [])];
  return [
    ...(restricted ? [{ type: 'Location', values, restrictionInfo: { locations: values }, reasonCode }] : []),
    ...(zones.length === 0
      ? []
      : [{ type: 'Zone', values, restrictionInfo: { locations: values, zones }, reasonCode }]),
  ];
}

/** Cores that count against the quota: everything but deallocated machines. */
export function usedCores(cloud: Cloud, location: string, family?: string): number {
  return cloud.resources
    .list(`/subscriptions/${cloud.subscriptionId}`, 'Microsoft.Compute/virtualMachines')
    .filter(({ body, state }) => body['location'] === location && state['power'] !== 'deallocated')
    .map((vm) => sizeOf(cloud, vm))
    .filter((size) => family === undefined || size?.family === family)
    .reduce((sum, size) => sum + (size?.vCpus ?? 0), 0);
}

function sizeOf(cloud: Cloud, { body }: Resource): Size | undefined {
  const name = textAt(body, 'properties.hardwareProfile.vmSize');
  return cloud.profile.sizes.find((size) => sameText(size.name, name));
}

/** vCPUs that a region, or a family of sizes, has in this subscription. */
export function coreQuota({ profile }: Cloud, name: string): number {
  return profile.coreQuotas[name] ?? profile.coreQuota;
}

/** Counters of kinds of resources come first, then cores, then cores by family: clients must look for names. */
export function listUsages(request: ArmRequest, cloud: Cloud): Answer {
  const location = checkLocation(cloud, param(request, 'location'), 'locations/usages');
  const { sizes } = cloud.profile;
  const regional = coreQuota(cloud, location);
  const machines = cloud.resources
    .list(`/subscriptions/${cloud.subscriptionId}`, 'Microsoft.Compute/virtualMachines')
    .filter(({ body }) => body['location'] === location).length;
  const families = [...new Set(sizes.map(({ family }) => family))];
  return ok({
    value: [
      usage('availabilitySets', 'Availability Sets', [0, 2500]),
      usage('cores', 'Total Regional vCPUs', [usedCores(cloud, location), regional]),
      usage('virtualMachines', 'Virtual Machines', [machines, 25_000]),
      usage('virtualMachineScaleSets', 'Virtual Machine Scale Sets', [0, 2500]),
      usage('dedicatedVCpus', 'Dedicated vCPUs', [0, 3000]),
      usage('cloudServices', 'Cloud Services', [0, 2500]),
      usage('lowPriorityCores', 'Total Regional Low-priority vCPUs', [0, regional]),
      ...families.map((family) =>
        usage(family, `${family} vCPUs`, [usedCores(cloud, location, family), coreQuota(cloud, family)]),
      ),
    ],
  });
}

function usage(value: string, localizedValue: string, [currentValue, limit]: [number, number]): JsonObject {
  return { limit, unit: 'Count', currentValue, name: { value, localizedValue } };
}
