import { parseFilter } from '../arm/lists.ts';
import { canonicalLocation, checkLocation } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { invalidParameter } from '../http/errors.ts';
import { ok, param, type Answer, type ArmRequest } from '../http/route.ts';
import { sameText, textAt, type JsonObject } from '../json.ts';
import type { Size } from '../profile/profile.ts';
import type { Resource } from '../store/resources.ts';

/** The VM size of that name. Throws Compute's InvalidParameter. */
export function requireSize(cloud: Cloud, name: string): Size {
  const size = cloud.profile.sizes.find((candidate) => sameText(candidate.name, name));
  if (size !== undefined) return size;
  throw invalidParameter(`The value '${name}' provided for the VM size is not valid.`, 'vmSize');
}

export function listSkus(request: ArmRequest, cloud: Cloud): Answer {
  const wanted = parseFilter(request.query.get('$filter')).find(({ name }) => name === 'location')?.value;
  const locations = wanted === undefined ? cloud.profile.locations : [checkLocation(cloud, wanted, 'skus')];
  const value = cloud.profile.sizes.flatMap((size) => locations.map((location) => toSku(size, location)));
  return ok({ value });
}

function toSku(size: Size, location: string): JsonObject {
  const restricted = (size.restrictedIn ?? []).map(canonicalLocation).includes(location);
  const capabilities: Readonly<Record<string, string | number>> = {
    vCPUs: size.vCpus,
    MemoryGB: size.memoryGiB,
    HyperVGenerations: size.generations,
    CpuArchitectureType: size.architecture,
    DiskControllerTypes: size.diskControllers ?? 'SCSI',
    PremiumIO: 'True',
    LowPriorityCapable: 'True',
    EphemeralOSDiskSupported: 'False',
    ...(size.trustedLaunchDisabled === true ? { TrustedLaunchDisabled: 'True' } : {}),
  };
  return {
    resourceType: 'virtualMachines',
    name: size.name,
    tier: 'Standard',
    size: size.name.replace('Standard_', ''),
    family: size.family,
    locations: [location],
    locationInfo: [{ location, zones: ['1', '2', '3'], zoneDetails: [] }],
    capabilities: Object.entries(capabilities).map(([name, value]) => ({ name, value: String(value) })),
    restrictions: restricted ? [restriction(location)] : [],
  };
}

function restriction(location: string): JsonObject {
  return {
    type: 'Location',
    values: [location],
    restrictionInfo: { locations: [location] },
    reasonCode: 'NotAvailableForSubscription',
  };
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

export function listUsages(request: ArmRequest, cloud: Cloud): Answer {
  const location = checkLocation(cloud, param(request, 'location'), 'locations/usages');
  const limit = cloud.profile.coreQuota;
  const families = [...new Set(cloud.profile.sizes.map(({ family }) => family))];
  const usage = (value: string, localizedValue: string, currentValue: number): JsonObject => ({
    unit: 'Count',
    currentValue,
    limit,
    name: { value, localizedValue },
  });
  return ok({
    value: [
      usage('cores', 'Total Regional vCPUs', usedCores(cloud, location)),
      usage('lowPriorityCores', 'Total Regional Low-priority vCPUs', 0),
      ...families.map((family) => usage(family, `${family} vCPUs`, usedCores(cloud, location, family))),
    ],
  });
}
