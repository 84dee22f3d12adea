import type {
  GalleryImageVersion,
  GalleryImageVersionPublishingProfile,
  GalleryImageVersionStorageProfile,
} from '@azure/arm-compute';
import { KilnError } from '../errors/failure.ts';
import { region } from '../model/convert.ts';
import { sameResource } from '../model/ids.ts';
import type { ResourceId } from '../model/template.ts';
import { definitionOf } from './addresses.ts';
import { type Answer, at, textAt } from './answer.ts';
import { withWait } from './ask.ts';
import type { Connection } from './clients.ts';
import { hasCode } from './errors.ts';
import { start, startRemoval } from './operations.ts';
import { adopt, assertOurs, orUndefined } from './ownership.ts';
import { planOf, securityTypeOf } from './image-facts.ts';
import type { Azure, GalleryVersion, StartedOperation, VersionRequest } from '../ports/azure.ts';

export function galleriesOf(connection: Connection): Azure['galleries'] {
  return {
    async definition(id) {
      const { clients, group, gallery, definition } = definitionOf(connection, id);
      const found = await orUndefined(clients.compute.galleryImages.get(group, gallery, definition));
      return (
        found && {
          id,
          location: region(found.location),
          generation: found.hyperVGeneration === 'V2' ? 'V2' : 'V1',
          osType: found.osType ?? 'Linux',
          architecture: found.architecture === 'Arm64' ? 'Arm64' : 'x64',
          generalized: found.osState === 'Generalized',
          securityType: securityTypeOf(found),
          ...planOf(found.purchasePlan),
        }
      );
    },
    async versions(id) {
      const { clients, group, gallery, definition } = definitionOf(connection, id);
      const versions = [];
      for await (const version of clients.compute.galleryImageVersions.listByGalleryImage(
        group,
        gallery,
        definition,
      ))
        versions.push(viewOf(version));
      return versions;
    },
    version: async (id, name) => await findVersion(connection, id, name),
    startVersion: async (id, name, request) => await publish(connection, id, name, request),
    startVersionRemoval: async (id, name, tags) => await remove(connection, id, name, tags),
  };
}

async function findVersion(
  connection: Connection,
  id: ResourceId,
  name: string,
): Promise<(GalleryVersion & { readonly retryAfterMs?: number }) | undefined> {
  const { clients, group, gallery, definition } = definitionOf(connection, id);
  const found = await orUndefined(
    withWait((options) =>
      clients.compute.galleryImageVersions.get(group, gallery, definition, name, {
        ...options,
        expand: 'ReplicationStatus',
      }),
    ),
  );
  return found && { ...viewOf(found.value), ...found.wait };
}

/**
 * The API has no ETag and a PUT replaces every region, so the version is read first. Ours as asked for is adopted;
 * ours that differs (a promotion, a repair) is written again, in full, when nothing else is at work on it.
 */
async function publish(
  connection: Connection,
  id: ResourceId,
  name: string,
  request: VersionRequest,
): Promise<StartedOperation> {
  const versionId = `${id}/versions/${name}`;
  const existing = await findVersion(connection, id, name);
  if (existing === undefined) return await create(connection, id, name, request);
  const state = existing.provisioningState;
  if (state !== 'Failed') assertMadeOf(existing.source, request, versionId);
  const asWanted = isAsWanted(existing, request);
  const adopted = asWanted && adopt(connection, versionId, request.tags, { tags: existing.tags, state });
  if (adopted) return adopted;
  assertOurs(existing.tags, request.tags, versionId);
  if (state !== 'Succeeded' && state !== 'Failed')
    throw new KilnError({
      code: 'AzureConflict',
      message: `${versionId} is ${state}; it can be changed when that has ended.`,
      target: versionId,
    });
  return await put(connection, { id, name, request });
}

function isAsWanted({ excludeFromLatest, targets }: GalleryVersion, request: VersionRequest): boolean {
  const wanted = request.regions.map(({ name }) => name);
  const sameRegions = wanted.length === targets.length && wanted.every((name) => targets.includes(name));
  return sameRegions && excludeFromLatest === request.excludeFromLatest;
}

async function remove(
  connection: Connection,
  ...[id, name, tags]: Parameters<Azure['galleries']['startVersionRemoval']>
): Promise<StartedOperation> {
  const existing = await findVersion(connection, id, name);
  if (existing === undefined) return { done: true };
  assertOurs(existing.tags, tags, `${id}/versions/${name}`);
  const { clients, group, gallery, definition } = definitionOf(connection, id);
  return await startRemoval(connection, (options) =>
    clients.compute.galleryImageVersions.delete(group, gallery, definition, name, options),
  );
}

/** Between the look and the request another run may take the number; Azure then refuses in its own words. */
async function create(
  connection: Connection,
  id: ResourceId,
  name: string,
  request: VersionRequest,
): Promise<StartedOperation> {
  try {
    return await put(connection, { id, name, request }, ({ body }) =>
      assertMadeOf(sourceIn(at(body, 'properties', 'storageProfile')), request, `${id}/versions/${name}`),
    );
  } catch (error) {
    if (!hasCode(error, 'AzureConflict', 'AzureRefused')) throw error;
    const winner = await findVersion(connection, id, name);
    if (winner !== undefined) assertOurs(winner.tags, request.tags, `${id}/versions/${name}`);
    throw error;
  }
}

/**
 * A gallery with a recycle bin keeps deleted versions, and a PUT of such a number brings the old one back, whatever the
 * request says; its source tells. (The status, 200 instead of 201, does not: a repeated request of ours gets it too.)
 * https://learn.microsoft.com/azure/virtual-machines/soft-delete-gallery
 */
function assertMadeOf(made: string | undefined, { source }: VersionRequest, target: string): void {
  if (source === undefined || made === undefined) return;
  const asked = Object.values<string>(source);
  if (asked.some((id) => sameResource(made, id))) return;
  throw new KilnError({
    code: 'NotOurs',
    message:
      `${target} is made of ${made} and not of this build: it was deleted before and lay in the recycle bin of its gallery, ` +
      'and to create it has brought the old image back. Delete it, and purge it from the recycle bin or use another number.',
    target,
  });
}

type Wish = { readonly id: ResourceId; readonly name: string; readonly request: VersionRequest };

async function put(
  connection: Connection,
  { id, name, request }: Wish,
  check?: (answer: Answer) => void,
): Promise<StartedOperation> {
  const { clients, group, gallery, definition } = definitionOf(connection, id);
  const body = bodyOf(request);
  return await start(
    connection,
    (options) =>
      clients.compute.galleryImageVersions.createOrUpdate(group, gallery, definition, name, body, options),
    check,
  );
}

function bodyOf({ location, tags, source, ...request }: VersionRequest): GalleryImageVersion {
  const publishingProfile: GalleryImageVersionPublishingProfile = {
    targetRegions: request.regions.map(({ name, replicaCount, storageAccountType }) => ({
      name: region(name),
      regionalReplicaCount: replicaCount,
      storageAccountType,
    })),
    excludeFromLatest: request.excludeFromLatest,
    replicationMode: request.replicationMode,
    ...(request.endOfLife !== undefined && { endOfLifeDate: new Date(request.endOfLife) }),
  };
  return {
    location,
    tags: { ...tags },
    publishingProfile,
    storageProfile: source === undefined ? {} : contentOf(source),
    safetyProfile: { allowDeletionOfReplicatedLocations: request.allowRemoval === true },
  };
}

/** https://learn.microsoft.com/rest/api/compute/gallery-image-versions/create-or-update */
function contentOf(source: NonNullable<VersionRequest['source']>): GalleryImageVersionStorageProfile {
  if ('machineId' in source) return { source: { virtualMachineId: source.machineId } };
  if ('imageId' in source) return { source: { id: source.imageId } };
  return { osDiskImage: { source: { id: source.snapshotId } } };
}

/** What a version was made of, as an answer shows it: a machine or an image, or else a single disk, snapshot or blob. */
function sourceIn(profile: unknown): string | undefined {
  return (
    textAt(profile, 'source', 'virtualMachineId') ??
    textAt(profile, 'source', 'id') ??
    textAt(profile, 'osDiskImage', 'source', 'id') ??
    textAt(profile, 'osDiskImage', 'source', 'uri')
  );
}

function viewOf(version: GalleryImageVersion): GalleryVersion {
  const source = sourceIn(version.storageProfile);
  return {
    ...(source !== undefined && { source }),
    name: version.name ?? '',
    provisioningState: version.provisioningState ?? '',
    tags: version.tags ?? {},
    excludeFromLatest: version.publishingProfile?.excludeFromLatest ?? false,
    targets: (version.publishingProfile?.targetRegions ?? []).map(({ name }) => region(name)),
    regions: (version.replicationStatus?.summary ?? []).map((one) => ({
      region: region(one.region ?? ''),
      state: one.state ?? 'Unknown',
      details: one.details ?? '',
      ...(one.progress !== undefined && { progress: one.progress }),
    })),
  };
}
