import type { Architecture, DiskId, Generation, LocalImage } from '../../machines/machine.ts';
import { requireReference } from '../arm/checks.ts';
import { canBeTrusted, compareVersions, resolveImage } from '../catalogue/images.ts';
import type { Cloud } from '../cloud.ts';
import { backingOf, layersOn, type Backing } from '../disks/backing.ts';
import { regionState } from '../galleries/replication.ts';
import { securityTypeOf } from '../galleries/rules.ts';
import { sharedReference } from '../galleries/shared.ts';
import { badRequest, conflict, invalidParameter, notFound } from '../http/errors.ts';
import { flagAt, textAt, type JsonObject } from '../json.ts';
import { isType, nameOf, parentOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';

const IMAGE = 'Microsoft.Compute/images';
const DEFINITION = 'Microsoft.Compute/galleries/images';
const VERSION = 'Microsoft.Compute/galleries/images/versions';

/** What a VM's first disk is made of. */
export type VmSource = {
  readonly osType: string;
  readonly generation: Generation;
  readonly architecture: Architecture;
  readonly specialized: boolean;
  readonly securityType: string | undefined;
  /** What the VM must name; of a Marketplace image, or what a gallery definition says about its origin. */
  readonly plan: LocalImage['plan'];
  /** The reference as the VM shows it: an exact version beside `latest`. */
  readonly reference: JsonObject;
  /** New writable disks; the first use of a marketplace image may take minutes. */
  readonly open: () => Promise<Backing>;
};

/** Throws when the image is not there, not in this region or not to be booted. */
export async function resolveSource(
  cloud: Cloud,
  reference: JsonObject,
  location: string,
): Promise<VmSource> {
  const shared = sharedReference(cloud, reference);
  if (shared !== undefined) return { ...versionSource(cloud, { id: shared }, location), reference };
  const id = textAt(reference, 'id');
  if (id === undefined) return platformSource(cloud, reference);
  if (isType(id, IMAGE)) return imageSource(cloud, reference, location);
  if (isType(id, VERSION) || isType(id, DEFINITION)) return versionSource(cloud, reference, location);
  throw badRequest('InvalidParameter', `'${id}' is not the id of an image.`, 'imageReference.id');
}

async function platformSource(cloud: Cloud, reference: JsonObject): Promise<VmSource> {
  const [publisher, offer, sku] = ['publisher', 'offer', 'sku'].map((name) => textAt(reference, name) ?? '');
  if (!publisher || !offer || !sku)
    throw invalidParameter('An image reference needs publisher, offer and sku, or an id.', 'imageReference');
  const image = await resolveImage(
    cloud,
    { publisher, offer, sku },
    textAt(reference, 'version') ?? 'latest',
  );
  return {
    osType: image.osType,
    generation: image.generation,
    specialized: false,
    architecture: image.architecture ?? 'x64',
    securityType: canBeTrusted(image) ? 'TrustedLaunchSupported' : undefined,
    plan: image.plan,
    reference: { ...reference, exactVersion: image.version },
    open: async () => {
      const disk = await cloud.marketplace.disk(image);
      keepImage(cloud, disk);
      return layersOn(cloud, { disk, dataDisks: [] });
    },
  };
}

/** Sends the image to storage while the machine works, so that an export has only the changes to send. */
function keepImage(cloud: Cloud, disk: DiskId): void {
  cloud.blobs.disks
    .keep(() => cloud.room.disks.content(disk))
    .catch((error: unknown) => cloud.log(`the image could not be kept in storage: ${String(error)}`));
}

function imageSource(cloud: Cloud, reference: JsonObject, location: string): VmSource {
  const image = requireReference(cloud, textAt(reference, 'id') ?? '', [IMAGE]);
  const region = textAt(image.body, 'location');
  if (region !== location)
    throw invalidParameter(
      `The image '${image.id}' is in location '${region}'; a virtual machine in '${location}' cannot be created from it.`,
      'imageReference',
    );
  return {
    osType: textAt(image.body, 'properties.storageProfile.osDisk.osType') ?? 'Linux',
    generation: toGeneration(textAt(image.body, 'properties.hyperVGeneration')),
    // Azure makes no managed image of an Arm64 disk.
    architecture: 'x64',
    specialized: false,
    securityType: undefined,
    plan: undefined,
    reference,
    open: () => layersOn(cloud, backingOf(image)),
  };
}

function versionSource(cloud: Cloud, reference: JsonObject, location: string): VmSource {
  const version = findVersion(cloud, textAt(reference, 'id') ?? '', location);
  const definition = cloud.resources.get(parentOf(version.id));
  if (definition === undefined)
    throw notFound('GalleryImageNotFound', `${parentOf(version.id)} was not found.`);
  if (textAt(version.body, 'properties.provisioningState') === 'Creating')
    throw conflict('OperationNotAllowed', `The gallery image version ${version.id} is still being created.`);
  if (regionState(cloud, version, location) !== 'Completed')
    throw notFound(
      'GalleryImageNotFound',
      `The gallery image ${version.id} is not available in ${location} region. Please contact image owner to ` +
        'replicate to this region, or change your requested region.',
      'imageReference',
    );
  return {
    osType: textAt(definition.body, 'properties.osType') ?? 'Linux',
    generation: toGeneration(textAt(definition.body, 'properties.hyperVGeneration')),
    specialized: textAt(definition.body, 'properties.osState') === 'Specialized',
    architecture: toArchitecture(textAt(definition.body, 'properties.architecture')),
    securityType: securityTypeOf(definition),
    plan: planOf(definition),
    reference: { ...reference, exactVersion: nameOf(version.id) },
    open: () => layersOn(cloud, backingOf(version)),
  };
}

/** A definition's id means its newest version that is meant for `latest` and has arrived in the region. */
function findVersion(cloud: Cloud, id: string, location: string): Resource {
  const found = requireReference(cloud, id, [VERSION, DEFINITION]);
  if (isType(id, VERSION)) return found;
  const newest = cloud.resources
    .list(found.id, VERSION)
    .filter(({ body }) => flagAt(body, 'properties.publishingProfile.excludeFromLatest') !== true)
    .filter((version) => regionState(cloud, version, location) === 'Completed')
    .sort((a, b) => compareVersions(nameOf(a.id), nameOf(b.id)))
    .at(-1);
  if (newest !== undefined) return newest;
  throw notFound(
    'GalleryImageNotFound',
    `The gallery image ${id} has no version in ${location} that is not excluded from latest.`,
  );
}

function planOf(definition: Resource): LocalImage['plan'] {
  const [name, product, publisher] = ['name', 'product', 'publisher'].map((key) =>
    textAt(definition.body, `properties.purchasePlan.${key}`),
  );
  if (name === undefined || product === undefined || publisher === undefined) return undefined;
  return { name, product, publisher };
}

export function toArchitecture(value: string | undefined): Architecture {
  return value?.toLowerCase() === 'arm64' ? 'Arm64' : 'x64';
}

export function toGeneration(value: string | undefined): Generation {
  return value?.toUpperCase() === 'V2' ? 'V2' : 'V1';
}
