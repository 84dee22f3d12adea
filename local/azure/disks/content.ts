import { checkLocation, requireReference } from '../arm/checks.ts';
import { resolveImage } from '../catalogue/images.ts';
import type { Cloud } from '../cloud.ts';
import { regionState } from '../galleries/replication.ts';
import { badRequest, conflict, invalidParameter, notFound } from '../http/errors.ts';
import { numberAt, objectAt, textAt, type JsonObject } from '../json.ts';
import { nameOf, parentOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';
import type { DiskId } from '../../machines/machine.ts';
import { backingOf, freeze } from './backing.ts';

/** What a disk or snapshot will hold: checked now, made when `open` is called. */
export type Content = {
  /** Properties that come from the source: osType, hyperVGeneration. */
  readonly inherited: JsonObject;
  /** What `creationData` tells besides what was asked for. */
  readonly origin?: JsonObject;
  readonly open: () => Promise<DiskId>;
};

const COPY_SOURCES = ['Microsoft.Compute/disks', 'Microsoft.Compute/snapshots'];

/** Reads `creationData`. Throws when the source is missing, foreign, in another region or not ready. */
export async function contentFrom(cloud: Cloud, properties: JsonObject, location: string): Promise<Content> {
  const data = objectAt(properties, 'creationData');
  const option = textAt(data, 'createOption') ?? '(none)';
  const sizeGiB = numberAt(properties, 'diskSizeGB');
  switch (option) {
    case 'Empty': {
      if (sizeGiB === undefined)
        throw invalidParameter('diskSizeGB is required for an empty disk.', 'diskSizeGB');
      return { inherited: {}, open: () => cloud.room.disks.blank(sizeGiB) };
    }
    case 'FromImage':
      return fromImage(cloud, data, location, sizeGiB);
    case 'Copy':
    case 'CopyStart':
      return copyOf(cloud, data, location, sizeGiB);
    case 'Import':
      return imported(cloud, data);
    default:
      throw invalidParameter(
        `The value '${option}' of creationData.createOption is not supported.`,
        'creationData.createOption',
      );
  }
}

function inheritedFrom(source: JsonObject): JsonObject {
  const osType = textAt(source, 'osType');
  const hyperVGeneration = textAt(source, 'hyperVGeneration');
  const architecture = textAt(source, 'supportedCapabilities.architecture') ?? textAt(source, 'architecture');
  return {
    ...(architecture === undefined ? {} : { supportedCapabilities: { architecture } }),
    ...(osType === undefined ? {} : { osType }),
    ...(hyperVGeneration === undefined ? {} : { hyperVGeneration }),
  };
}

function copyOf(cloud: Cloud, data: JsonObject, location: string, sizeGiB: number | undefined): Content {
  const source = requireReference(cloud, textAt(data, 'sourceResourceId') ?? '', COPY_SOURCES);
  const region = textAt(source.body, 'location');
  if (textAt(data, 'createOption') === 'Copy' && region !== location)
    // Azure looks for the source in the region of the copy, and CopyStart is what another region needs.
    throw notFound('NotFound', `Resource ${nameOf(source.id)} is not found.`);
  checkCopied(source);
  return {
    inherited: inheritedFrom(objectAt(source.body, 'properties')),
    origin: { sourceUniqueId: textAt(source.body, 'properties.uniqueId') },
    open: async () => grown(cloud, await freeze(cloud, source), sizeGiB),
  };
}

/** A snapshot that still comes from another region has no content yet. */
export function checkCopied(source: Resource): void {
  const done = numberAt(source.state, 'copiedAt');
  if (done === undefined || done <= Date.now()) return;
  throw conflict(
    'OperationNotAllowed',
    `The snapshot ${source.id} is still being copied (completionPercent below 100). Wait until it has ended.`,
  );
}

async function fromImage(
  cloud: Cloud,
  data: JsonObject,
  location: string,
  sizeGiB: number | undefined,
): Promise<Content> {
  const gallery = textAt(data, 'galleryImageReference.id');
  if (gallery !== undefined) return fromVersion(cloud, gallery, location, sizeGiB);
  const id = textAt(data, 'imageReference.id') ?? '';
  const [, region, publisher, offer, sku, version] =
    /\/locations\/([^/]+)\/publishers\/([^/]+)\/artifacttypes\/vmimage\/offers\/([^/]+)\/skus\/([^/]+)\/versions\/([^/]+)$/i.exec(
      id,
    ) ?? [];
  if (!region || !publisher || !offer || !sku || !version)
    throw invalidParameter(
      `'${id}' is not the id of a platform image version.`,
      'creationData.imageReference',
    );
  checkLocation(cloud, region, 'locations/publishers');
  const image = await resolveImage(cloud, { publisher, offer, sku }, version);
  return {
    inherited: {
      osType: image.osType,
      hyperVGeneration: image.generation,
      supportedCapabilities: { architecture: image.architecture ?? 'x64' },
    },
    open: async () => cloud.room.disks.overlay(await cloud.marketplace.disk(image), sizeGiB),
  };
}

function fromVersion(cloud: Cloud, id: string, location: string, sizeGiB: number | undefined): Content {
  const version = requireReference(cloud, id, ['Microsoft.Compute/galleries/images/versions']);
  if (regionState(cloud, version, location) !== 'Completed')
    throw notFound('GalleryImageNotFound', `The gallery image ${id} is not available in ${location} region.`);
  const definition = cloud.resources.get(parentOf(version.id));
  return {
    inherited: inheritedFrom(objectAt(definition?.body, 'properties')),
    origin: { imageReference: { id: version.id } },
    open: () => cloud.room.disks.overlay(backingOf(version).disk, sizeGiB),
  };
}

/** A fixed VHD in a page blob of the local storage account. The file stays: the disk is the file. */
export function imported(cloud: Cloud, data: JsonObject): Content {
  const url = textAt(data, 'sourceUri') ?? '';
  if (!URL.canParse(url))
    throw badRequest('InvalidParameter', `'${url}' is not the URI of a blob.`, 'sourceUri');
  return {
    inherited: {},
    open: async () => {
      const file = await cloud.blobs.fetchVhd(url);
      return cloud.room.disks.overlay(await cloud.room.disks.adopt(file, 'vpc'));
    },
  };
}

async function grown(cloud: Cloud, disk: DiskId, sizeGiB: number | undefined): Promise<DiskId> {
  // A copy can be written, the frozen original never: it always gets a layer of its own.
  return cloud.room.disks.overlay(disk, sizeGiB);
}
