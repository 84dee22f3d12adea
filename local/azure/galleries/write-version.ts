import { envelope, patched } from '../arm/bodies.ts';
import { canonicalLocation, newId, requireLocation, requireParent, sameLocation } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { releaseDisks, toState } from '../disks/backing.ts';
import type { ArmRequest } from '../http/request.ts';
import type { Answer } from '../http/route.ts';
import { listAt, numberAt, objectAt, sameText, textAt, type JsonObject } from '../json.ts';
import { accept } from '../operations/headers.ts';
import { nameOf, parentOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';
import { showDisks, storageProfileOf } from './contents.ts';
import { restore } from './recycle-bin.ts';
import { displayName } from './regions.ts';
import { beginRegion, failWithRegions } from './replication.ts';
import { checkRegions, checkUpdate, checkVersionName } from './rules.ts';
import { checkSource } from './source.ts';
import { computeTime } from '../arm/times.ts';

const TYPE = 'Microsoft.Compute/galleries/images/versions';

/** PUT: the body's target regions are the whole wish, regions that it leaves out go. */
export function writeVersion(request: ArmRequest, cloud: Cloud): Answer {
  const definition = requireParent(cloud, request.id);
  checkVersionName(nameOf(request.id));
  const location = requireLocation(cloud, request.body, TYPE);
  const existing = cloud.resources.get(request.id);
  sameLocation(existing, location);
  const restored = existing === undefined ? restore(cloud, newId(cloud, request), request.body) : undefined;
  if (restored !== undefined) return finishRestoring(request, cloud, restored);
  const regions = checkRegions(cloud, request.body, location);
  if (existing !== undefined) return change({ request, cloud }, existing, request.body, regions);
  const source = checkSource(cloud, definition, request.body, location);
  const id = newId(cloud, request);
  const properties = {
    ...objectAt(request.body, 'properties'),
    publishingProfile: publishingProfile(objectAt(request.body, 'properties'), regions),
    storageProfile: storageProfileOf(objectAt(request.body, 'properties')),
    safetyProfile: { ...SAFETY, ...objectAt(request.body, 'properties.safetyProfile') },
  };
  const body = envelope(id, location, request.body, { ...properties, provisioningState: 'Creating' });
  cloud.resources.put({ id, body, state: {} });
  const run = async () => {
    const backing = await source.open();
    const begun = beginRegions(cloud, id, regions);
    const state = { ...toState(backing), regions: begun };
    if (cloud.resources.change(id, { properties: {}, state }) === undefined)
      return releaseDisks(cloud, { id, body, state });
    await showDisks(cloud, { id, body, state }, backing);
    await failWithRegions(begun);
    cloud.resources.change(id, { properties: { provisioningState: 'Succeeded' } });
    return undefined;
  };
  const failed = () => void cloud.resources.change(id, { properties: { provisioningState: 'Failed' } });
  return accept(request, cloud, { subject: id, run, failed }, { status: 201, body });
}

/** Recorded: what a version shows that was made without a safetyProfile. */
const SAFETY = { reportedForPolicyViolation: false, allowDeletionOfReplicatedLocations: false };

function finishRestoring(request: ArmRequest, cloud: Cloud, version: Resource): Answer {
  const { id, body } = version;
  const run = () => void cloud.resources.change(id, { properties: { provisioningState: 'Succeeded' } });
  return accept(asUpdate(request), cloud, { subject: id, run }, { status: 200, body });
}

function beginRegions(cloud: Cloud, id: string, regions: readonly string[]): Record<string, JsonObject> {
  const home = textAt(cloud.resources.get(id)?.body, 'location');
  return Object.fromEntries(
    regions.map((region) => [region, beginRegion(cloud, parentOf(id), region, region === home)]),
  );
}

function publishingProfile(properties: JsonObject, regions: readonly string[]): JsonObject {
  const given = objectAt(properties, 'publishingProfile');
  const targets = listAt(given, 'targetRegions');
  return {
    replicaCount: 1,
    excludeFromLatest: false,
    storageAccountType: 'Standard_LRS',
    ...given,
    publishedDate: computeTime(),
    targetRegions: regions.map((region) => ({
      regionalReplicaCount: numberAt(given, 'replicaCount') ?? 1,
      storageAccountType: textAt(given, 'storageAccountType') ?? 'Standard_LRS',
      ...targets.find((target) => sameText(canonicalLocation(textAt(target, 'name') ?? ''), region)),
      name: displayName(region),
    })),
  };
}

/** PATCH has the rules of PUT; members that the body leaves out stay. */
export function patchVersion(request: ArmRequest, cloud: Cloud, existing: Resource): Answer {
  const location = textAt(existing.body, 'location') ?? '';
  const merged = patched(existing, request.body);
  return change({ request, cloud }, existing, merged, checkRegions(cloud, merged, location));
}

/** To change a version takes another time than to make one, whatever the method is. */
function asUpdate(request: ArmRequest): ArmRequest {
  return { ...request, operation: 'GalleryImageVersions_Update' };
}

type Call = { readonly request: ArmRequest; readonly cloud: Cloud };

function change(call: Call, existing: Resource, wanted: JsonObject, regions: readonly string[]): Answer {
  const { request, cloud } = call;
  checkUpdate(existing, wanted, regions);
  const { tags } = wanted;
  const before = objectAt(existing.body, 'properties');
  const after = objectAt(wanted, 'properties');
  const merged = { ...objectAt(before, 'publishingProfile'), ...objectAt(after, 'publishingProfile') };
  const body: JsonObject = {
    ...existing.body,
    ...(tags === undefined ? {} : { tags }),
    properties: {
      ...before,
      safetyProfile: { ...objectAt(before, 'safetyProfile'), ...objectAt(after, 'safetyProfile') },
      publishingProfile: {
        ...publishingProfile({ publishingProfile: merged }, regions),
        publishedDate: textAt(before, 'publishingProfile.publishedDate'),
      },
      provisioningState: 'Updating',
    },
  };
  const known = objectAt(existing.state, 'regions');
  const kept = Object.fromEntries(Object.entries(known).filter(([region]) => regions.includes(region)));
  cloud.resources.put({ id: existing.id, body, state: { ...existing.state, regions: kept } });
  const run = async () => {
    const added = regions.filter((region) => kept[region] === undefined);
    const begun = beginRegions(cloud, existing.id, added);
    cloud.resources.change(existing.id, { properties: {}, state: { regions: { ...kept, ...begun } } });
    await failWithRegions(begun);
    cloud.resources.change(existing.id, { properties: { provisioningState: 'Succeeded' } });
  };
  const failed = () =>
    void cloud.resources.change(existing.id, { properties: { provisioningState: 'Failed' } });
  return accept(asUpdate(request), cloud, { subject: existing.id, run, failed }, { status: 200, body });
}
