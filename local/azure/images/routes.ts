import { envelope, patched, withState } from '../arm/bodies.ts';
import {
  checkEntityName,
  newId,
  requireLocation,
  requireOpenGroup,
  requireResource,
  sameLocation,
} from '../arm/checks.ts';
import { listRoutes } from '../arm/lists.ts';
import type { Cloud } from '../cloud.ts';
import { releaseDisks, sizeProperties, toState, type Backing } from '../disks/backing.ts';
import { invalidParameter } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import { ok, type Answer, type Route } from '../http/route.ts';
import { listAt, numberAt, objectAt, textAt, type JsonObject } from '../json.ts';
import { accept } from '../operations/headers.ts';
import { toGeneration } from '../virtual-machines/source.ts';
import { contentOf } from './content.ts';

const TYPE = 'Microsoft.Compute/images';
const IMAGE = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${TYPE}/{imageName}`;

export const IMAGE_ROUTES: readonly Route[] = [
  { operation: 'Images_CreateOrUpdate', method: 'PUT', path: IMAGE, handle: createOrUpdate },
  {
    operation: 'Images_Get',
    method: 'GET',
    path: IMAGE,
    handle: (request, cloud) => ok(requireResource(cloud, request.id).body),
  },
  { operation: 'Images_Update', method: 'PATCH', path: IMAGE, handle: update },
  { operation: 'Images_Delete', method: 'DELETE', path: IMAGE, handle: remove },
  ...listRoutes(TYPE, { inGroup: 'Images_ListByResourceGroup', inSubscription: 'Images_List' }),
];

/** A managed image holds references to frozen disks; its content never changes afterwards. */
function createOrUpdate(request: ArmRequest, cloud: Cloud): Answer {
  requireOpenGroup(cloud, request.id);
  checkEntityName(request.id);
  const location = requireLocation(cloud, request.body, TYPE);
  const existing = cloud.resources.get(request.id);
  sameLocation(existing, location);
  if (existing !== undefined) return update(request, cloud);
  const content = contentOf(cloud, request.body, location);
  // Azure's default is V1, and a V1 image of a Gen2 disk would not boot.
  const hyperVGeneration = toGeneration(textAt(request.body, 'properties.hyperVGeneration'));
  if (content.generation !== undefined && content.generation !== hyperVGeneration)
    throw invalidParameter(
      `The hyperVGeneration '${hyperVGeneration}' of the image does not match its source, which is '${content.generation}'.`,
      'hyperVGeneration',
    );
  const id = newId(cloud, request);
  const { storageProfile } = content;
  const properties = { ...objectAt(request.body, 'properties'), storageProfile, hyperVGeneration };
  const body = withState(envelope(id, location, request.body, properties), 'Creating');
  cloud.resources.put({ id, body, state: {} });
  const run = async () => {
    const backing = await content.open();
    const sized = { storageProfile: await withSizes(cloud, storageProfile, backing) };
    const done = { properties: { ...sized, provisioningState: 'Succeeded' }, state: toState(backing) };
    if (cloud.resources.change(id, done) === undefined)
      await releaseDisks(cloud, { id, body, state: toState(backing) });
  };
  const failed = () => void cloud.resources.change(id, { properties: { provisioningState: 'Failed' } });
  return accept(request, cloud, { subject: id, run, failed }, { status: 201, body });
}

/** Sizes are known when the content is there. */
async function withSizes(cloud: Cloud, profile: JsonObject, backing: Backing): Promise<JsonObject> {
  const sizeOf = async (disk: string) => numberAt(await sizeProperties(cloud, disk), 'diskSizeGB');
  const dataDisks: JsonObject[] = [];
  for (const disk of listAt(profile, 'dataDisks')) {
    const own = backing.dataDisks.find(({ lun }) => lun === numberAt(disk, 'lun'));
    dataDisks.push({ ...disk, ...(own === undefined ? {} : { diskSizeGB: await sizeOf(own.disk) }) });
  }
  const osDisk = { ...objectAt(profile, 'osDisk'), diskSizeGB: await sizeOf(backing.disk) };
  return { ...profile, osDisk, dataDisks };
}

function update(request: ArmRequest, cloud: Cloud): Answer {
  const image = requireResource(cloud, request.id);
  const { tags } = request.body;
  const body = withState(patched(image, tags === undefined ? {} : { tags }), 'Updating');
  cloud.resources.put({ ...image, body });
  const run = () => void cloud.resources.change(image.id, { properties: { provisioningState: 'Succeeded' } });
  return accept(request, cloud, { subject: image.id, run, failed: run }, { status: 200, body });
}

function remove(request: ArmRequest, cloud: Cloud): Answer {
  const image = cloud.resources.get(request.id);
  if (image === undefined) return { status: 204 };
  const run = async () => {
    await releaseDisks(cloud, cloud.resources.get(image.id) ?? image);
    cloud.resources.remove(image.id);
  };
  return accept(request, cloud, { subject: image.id, run }, { status: 202, location: true });
}
