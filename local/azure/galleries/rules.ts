import { canonicalLocation, checkLocation } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { conflict, invalidParameter } from '../http/errors.ts';
import { flagAt, listAt, numberAt, objectAt, sameText, textAt, type JsonObject } from '../json.ts';
import { nameOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';

const TYPE = 'Microsoft.Compute/galleries/images/versions';
const MAX_INT32 = 2 ** 31 - 1;

/** Definition's `SecurityType` feature: TrustedLaunch, TrustedLaunchSupported, …; undefined for standard. */
export function securityTypeOf(definition: Resource): string | undefined {
  const features = listAt(definition.body, 'properties.features');
  const feature = features.find((item) => sameText(textAt(item, 'name'), 'SecurityType'));
  const value = textAt(feature, 'value');
  return value === 'None' || value === 'Standard' ? undefined : value;
}

export function checkVersionName(name: string): void {
  const parts = name.split('.');
  const valid = parts.length === 3 && parts.every((part) => /^\d+$/.test(part) && Number(part) <= MAX_INT32);
  if (!valid)
    throw invalidParameter(
      `The gallery image version name '${name}' is invalid. It must be of the form Major.Minor.Patch, each a 32-bit integer.`,
      'galleryImageVersionName',
    );
}

/** Canonical target regions; the home region alone when the body names none. */
export function checkRegions(cloud: Cloud, body: JsonObject, location: string): string[] {
  const targets = listAt(body, 'properties.publishingProfile.targetRegions');
  if (targets.length === 0) return [location];
  checkReplicas(body, targets);
  const regions = targets.map((target) => checkLocation(cloud, textAt(target, 'name') ?? '', TYPE));
  const twice = regions.find((region, index) => regions.indexOf(region) !== index);
  if (twice !== undefined)
    throw invalidParameter(`Duplicate regions are not allowed: '${twice}'.`, 'targetRegions');
  if (!regions.includes(location))
    throw invalidParameter(
      `The publishing profile regions '${regions.join(', ')}' must contain the location of image version '${location}'.`,
      'targetRegions',
    );
  if (textAt(body, 'properties.publishingProfile.replicationMode') === 'Shallow' && regions.length > 1)
    throw invalidParameter(
      'An image version with replicationMode Shallow cannot be replicated to other regions.',
      'replicationMode',
    );
  const end = textAt(body, 'properties.publishingProfile.endOfLifeDate');
  if (end !== undefined && Date.parse(end) <= Date.now())
    throw invalidParameter(`endOfLifeDate '${end}' must be in the future.`, 'endOfLifeDate');
  return regions;
}

/** https://learn.microsoft.com/azure/virtual-machines/azure-compute-gallery#limits */
const MAX_REPLICAS = 100;

/** Of each region, and of all together. */
function checkReplicas(body: JsonObject, targets: readonly JsonObject[]): void {
  const usual = numberAt(body, 'properties.publishingProfile.replicaCount') ?? 1;
  const counts = targets.map((target) => numberAt(target, 'regionalReplicaCount') ?? usual);
  const wrong = [usual, ...counts].find((count) => count < 1 || count > MAX_REPLICAS);
  if (wrong !== undefined)
    throw invalidParameter(
      `The value '${wrong}' of parameter 'regionalReplicaCount' is out of range. The value must be between 1 and ` +
        `${MAX_REPLICAS}, inclusive.`,
      'regionalReplicaCount',
    );
  const sum = counts.reduce((total, count) => total + count, 0);
  if (sum > MAX_REPLICAS)
    throw invalidParameter(
      `The total number of replicas '${sum}' of the gallery image version exceeds the maximum of ${MAX_REPLICAS}.`,
      'replicaCount',
    );
}

/** A version is written by one operation at a time. */
export function checkSettled(version: Resource): void {
  const state = textAt(version.body, 'properties.provisioningState');
  if (state === 'Creating' || state === 'Updating' || state === 'Deleting')
    throw conflict(
      'Conflict',
      `The gallery image version '${nameOf(version.id)}' is ${state}. Wait until that operation has ended.`,
    );
}

const FIXED = ['storageAccountType', 'replicationMode'];
/** What a version is whose maker did not say; the mode is shown only when it was said. */
const UNSAID: Readonly<Record<string, string>> = { replicationMode: 'Full' };

/** What an update must not change, and regions that it must not drop. */
export function checkUpdate(version: Resource, body: JsonObject, regions: readonly string[]): void {
  checkSettled(version);
  const [before, after] = [objectAt(version.body, 'properties'), objectAt(body, 'properties')];
  if (sourceOf(after) !== undefined && !sameText(sourceOf(after), sourceOf(before)))
    throw conflict(
      'PropertyChangeNotAllowed',
      "Changing property 'galleryImageVersion.properties.storageProfile.source.id' is not allowed.",
      'storageProfile.source.id',
    );
  for (const name of FIXED) {
    const [shown, wanted] = [before, after].map((side) => textAt(side, `publishingProfile.${name}`));
    const old = shown ?? UNSAID[name];
    if (wanted !== undefined && old !== undefined && wanted !== old)
      throw conflict(
        'PropertyChangeNotAllowed',
        `Changing property 'galleryImageVersion.properties.publishingProfile.${name}' is not allowed.`,
        name,
      );
  }
  checkRemovals(version, after, regions);
}

function checkRemovals(version: Resource, after: JsonObject, regions: readonly string[]): void {
  const allowed =
    flagAt(after, 'safetyProfile.allowDeletionOfReplicatedLocations') ??
    flagAt(version.body, 'properties.safetyProfile.allowDeletionOfReplicatedLocations') ??
    false;
  const targets = listAt(version.body, 'properties.publishingProfile.targetRegions');
  const dropped = targets
    .map((target) => canonicalLocation(textAt(target, 'name') ?? ''))
    .filter((region) => !regions.includes(region));
  if (allowed || dropped.length === 0) return;
  throw conflict(
    'OperationNotAllowed',
    `Removing the replicated regions '${dropped.join(', ')}' is not allowed: ` +
      'safetyProfile.allowDeletionOfReplicatedLocations is false.',
  );
}

/** Id or URI of the one source. */
export function sourceOf(properties: JsonObject): string | undefined {
  const profile = objectAt(properties, 'storageProfile');
  return (
    textAt(profile, 'source.virtualMachineId') ??
    textAt(profile, 'source.id') ??
    textAt(profile, 'osDiskImage.source.id') ??
    textAt(profile, 'osDiskImage.source.uri')
  );
}

export function checkDeletable(version: Resource): void {
  const blocked = flagAt(version.body, 'properties.safetyProfile.blockDeletionBeforeEndOfLife') === true;
  const end = Date.parse(textAt(version.body, 'properties.publishingProfile.endOfLifeDate') ?? '');
  if (blocked && end > Date.now())
    throw conflict(
      'DeleteGalleryImageVersionBlockedBeforeEndOfLife',
      `The gallery image version '${nameOf(version.id)}' cannot be deleted before its end of life.`,
    );
}
