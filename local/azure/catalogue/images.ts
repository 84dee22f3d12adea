import { checkLocation } from '../arm/checks.ts';
import { agentTime } from '../arm/times.ts';
import type { Cloud } from '../cloud.ts';
import { notFound } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import { ok, param, type Answer } from '../http/route.ts';
import { sameText, type JsonObject } from '../json.ts';
import type { LocalImage } from '../../machines/machine.ts';

export type ImageName = { readonly publisher: string; readonly offer: string; readonly sku: string };

/** Versions of one marketplace image, oldest first. */
export async function imageVersions(
  cloud: Cloud,
  { publisher, offer, sku }: ImageName,
): Promise<LocalImage[]> {
  const images = await cloud.marketplace.list();
  return images
    .filter((image) => sameText(image.publisher, publisher))
    .filter((image) => sameText(image.offer, offer) && sameText(image.sku, sku))
    .sort((a, b) => compareVersions(a.version, b.version));
}

/** Numeric, part by part: as text `24.04.9` would come after `24.04.10`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  const index = left.findIndex((part, position) => part !== right[position]);
  return index < 0 ? 0 : (left[index] ?? 0) - (right[index] ?? 0);
}

/** The image that a reference names; `latest` is the highest version. Throws PlatformImageNotFound. */
export async function resolveImage(cloud: Cloud, name: ImageName, version: string): Promise<LocalImage> {
  const versions = await imageVersions(cloud, name);
  const hit = sameText(version, 'latest')
    ? versions.at(-1)
    : versions.find((image) => image.version === version);
  if (hit !== undefined) return hit;
  throw notFound(
    'PlatformImageNotFound',
    `The platform image '${name.publisher}:${name.offer}:${name.sku}:${version}' is not available. ` +
      'Verify that all fields in the storage profile are correct.',
    'imageReference',
  );
}

function nameFrom(request: ArmRequest): ImageName {
  return {
    publisher: param(request, 'publisherName'),
    offer: param(request, 'offer'),
    sku: param(request, 'skus'),
  };
}

export async function listVersions(request: ArmRequest, cloud: Cloud): Promise<Answer> {
  const location = checkLocation(cloud, param(request, 'location'), 'locations/publishers');
  const versions = await imageVersions(cloud, nameFrom(request));
  if (versions.length === 0) {
    const { publisher, offer, sku } = nameFrom(request);
    throw notFound('NotFound', `Artifact: VMImage was not found. ${publisher}:${offer}:${sku}`);
  }
  const top = Number(request.query.get('$top') ?? versions.length);
  const ordered = request.query.get('$orderby') === 'name desc' ? versions.toReversed() : versions;
  return ok(ordered.slice(0, top).map((image) => summary(cloud, location, image)));
}

export async function getVersion(request: ArmRequest, cloud: Cloud): Promise<Answer> {
  const location = checkLocation(cloud, param(request, 'location'), 'locations/publishers');
  const image = await resolveImage(cloud, nameFrom(request), param(request, 'version'));
  const linuxOrWindows = { operatingSystem: image.osType, sizeInBytes: 32_213_303_808 };
  const security = canBeTrusted(image) ? [{ name: 'SecurityType', value: 'TrustedLaunchSupported' }] : [];
  return ok({
    ...summary(cloud, location, image),
    properties: {
      ...(image.plan === undefined ? {} : { plan: { ...image.plan } }),
      hyperVGeneration: image.generation,
      architecture: image.architecture ?? 'x64',
      replicaType: image.generation === 'V2' ? 'Managed' : 'Unmanaged',
      disallowed: { vmDiskType: image.generation === 'V2' ? 'Unmanaged' : 'None' },
      osDiskImage: linuxOrWindows,
      dataDiskImages: [],
      automaticOSUpgradeProperties: { automaticOSUpgradeSupported: false },
      features: [
        ...security,
        { name: 'IsAcceleratedNetworkSupported', value: 'True' },
        { name: 'DiskControllerTypes', value: image.generation === 'V2' ? 'SCSI, NVMe' : 'SCSI' },
        { name: 'IsHibernateSupported', value: 'False' },
      ],
      imageDeprecationStatus: deprecationOf(image),
    },
  });
}

/** What the feature `SecurityType` says: most Gen2 images have it, some do not. */
export function canBeTrusted(image: LocalImage): boolean {
  return image.generation === 'V2' && image.trustedLaunch !== false;
}

function deprecationOf({ deprecation }: LocalImage): JsonObject {
  if (deprecation === undefined) return { imageState: 'Active' };
  const { state, on, alternative } = deprecation;
  return {
    imageState: state,
    ...(on === undefined ? {} : { scheduledDeprecationTime: agentTime(Date.parse(on)) }),
    ...(alternative === undefined ? {} : { alternativeOption: { type: 'Plan', value: alternative } }),
  };
}

function summary(cloud: Cloud, location: string, image: LocalImage): JsonObject {
  const { publisher, offer, sku, version } = image;
  return {
    id:
      `/Subscriptions/${cloud.subscriptionId}/Providers/Microsoft.Compute/Locations/${location}/Publishers/${publisher}` +
      `/ArtifactTypes/VMImage/Offers/${offer}/Skus/${sku}/Versions/${version}`,
    location,
    name: version,
  };
}

type Level = 'publisher' | 'offer' | 'sku';

/** Names one level below what the path gives: publishers, then offers, then SKUs. */
export function listNames(level: Level) {
  return async (request: ArmRequest, cloud: Cloud): Promise<Answer> => {
    const location = checkLocation(cloud, param(request, 'location'), 'locations/publishers');
    const { publisher, offer } = nameFrom(request);
    const images = (await cloud.marketplace.list())
      .filter((image) => level === 'publisher' || sameText(image.publisher, publisher))
      .filter((image) => level !== 'sku' || sameText(image.offer, offer));
    const names = [...new Set(images.map((image) => image[level]))];
    const publishers = `/Subscriptions/${cloud.subscriptionId}/Providers/Microsoft.Compute/Locations/${location}/Publishers`;
    const offers = `${publishers}/${publisher}/ArtifactTypes/VMImage/Offers`;
    const base = { publisher: publishers, offer: offers, sku: `${offers}/${offer}/Skus` }[level];
    const upgrade = { automaticOSUpgradeProperties: { automaticOSUpgradeSupported: false } };
    const more = level === 'sku' ? { properties: upgrade } : {};
    return ok(names.map((name) => ({ ...more, id: `${base}/${name}`, location, name })));
  };
}
