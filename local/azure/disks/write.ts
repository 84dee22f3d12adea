import { patched } from '../arm/bodies.ts';
import {
  checkEntityName,
  newId,
  requireLocation,
  requireOpenGroup,
  requireResource,
  sameLocation,
} from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { conflict } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import type { Answer } from '../http/route.ts';
import { numberAt, objectAt, textAt, type JsonObject } from '../json.ts';
import { accept } from '../operations/headers.ts';
import { isType, nameOf, typeOf } from '../store/ids.ts';
import { sizeProperties } from './backing.ts';
import { diskBody } from './body.ts';
import { performanceOf } from './performance.ts';
import { contentFrom } from './content.ts';

export type WriteHooks = {
  /** Checks of one type beyond those of all, before anything is made. */
  readonly check?: (cloud: Cloud, body: JsonObject) => void;
  /** Properties and state that a type adds when its content is there. */
  readonly finish: (cloud: Cloud, body: JsonObject) => { properties: JsonObject; state: JsonObject };
};

/**
 * PUT of a managed disk or snapshot. Always 202 with both headers: the SDK takes 200 and 202 only, and reads the result
 * at Location.
 */
export async function createOrUpdate(request: ArmRequest, cloud: Cloud, hooks: WriteHooks): Promise<Answer> {
  requireOpenGroup(cloud, request.id);
  checkEntityName(request.id);
  const location = requireLocation(cloud, request.body, typeOf(request.id));
  const existing = cloud.resources.get(request.id);
  sameLocation(existing, location);
  if (existing !== undefined) return update(request, cloud);
  hooks.check?.(cloud, request.body);
  const content = await contentFrom(cloud, objectAt(request.body, 'properties'), location);
  const id = newId(cloud, request);
  const shown = {
    ...content.inherited,
    ...osOf(request.body),
    creationData: { ...objectAt(request.body, 'properties.creationData'), ...content.origin },
    provisioningState: 'Updating',
  };
  const body = diskBody({ id, location, request: request.body }, shown);
  cloud.resources.put({ id, body, state: {} });
  const run = async () => {
    const disk = await content.open();
    const { properties, state } = hooks.finish(cloud, request.body);
    const size = await sizeProperties(cloud, disk);
    const done = {
      ...size,
      ...(isType(id, 'Microsoft.Compute/disks')
        ? performanceOf(skuOf(body), numberAt(size, 'diskSizeGB') ?? 0)
        : {}),
      ...properties,
      provisioningState: 'Succeeded',
    };
    const stored = cloud.resources.change(id, { properties: done, state: { ...state, disk } });
    // Deleted while it was made.
    if (stored === undefined) await cloud.room.disks.remove(disk);
    return stored?.body;
  };
  const failed = () => void cloud.resources.change(id, { properties: { provisioningState: 'Failed' } });
  const answer = accepted(request.body, body);
  return accept(request, cloud, { subject: id, run, failed }, { status: 202, body: answer, location: true });
}

/** The answer to a PUT shows what was asked for; the service fills in the rest when the disk is there. */
function accepted(request: JsonObject, body: JsonObject): JsonObject {
  const { id, name, type, location } = body;
  const properties = { ...objectAt(request, 'properties'), provisioningState: 'Updating' };
  return { ...request, id, name, type, location, properties };
}

function skuOf(body: JsonObject): string {
  return textAt(body, 'sku.name') ?? '';
}

function osOf(body: JsonObject): JsonObject {
  const { osType, hyperVGeneration } = objectAt(body, 'properties');
  return {
    ...(osType === undefined ? {} : { osType }),
    ...(hyperVGeneration === undefined ? {} : { hyperVGeneration }),
  };
}

/** Tags, SKU and a larger size; content never changes. */
export async function update(request: ArmRequest, cloud: Cloud): Promise<Answer> {
  const existing = requireResource(cloud, request.id);
  // Of two requests that make the same snapshot at once, the second must not end before the first.
  if (
    existing.state['disk'] === undefined &&
    textAt(existing.body, 'properties.provisioningState') === 'Updating'
  )
    throw conflict('Conflict', `'${nameOf(existing.id)}' is still being created. Wait until that has ended.`);
  const wanted = numberAt(request.body, 'properties.diskSizeGB');
  const before = numberAt(existing.body, 'properties.diskSizeGB');
  if (wanted !== undefined && before !== undefined && wanted < before)
    throw conflict(
      'OperationNotAllowed',
      `Disk '${nameOf(existing.id)}' cannot shrink from ${before} to ${wanted} GB.`,
    );
  const body = patched(existing, { ...request.body, properties: {} });
  cloud.resources.put({ ...existing, body });
  const run = async () => {
    const disk = textAt(existing.state, 'disk');
    if (disk === undefined || wanted === undefined || wanted === before) return;
    const grown = await cloud.room.disks.overlay(disk, wanted);
    cloud.resources.change(existing.id, {
      properties: await sizeProperties(cloud, grown),
      state: { disk: grown },
    });
  };
  return accept(request, cloud, { subject: existing.id, run }, { status: 202, body, location: true });
}
