import { imageVersion, region, resourceId } from '../model/convert.ts';
import { splitGalleryImageId } from '../model/ids.ts';
import { parseDuration } from '../model/duration.ts';
import type { Distributor, Promotion, Region, Ring, TargetRegion, Versioning } from '../model/template.ts';
import type { WireDistributor } from './schema/image-template.ts';

/** Seconds: "wait for up to six hours", https://learn.microsoft.com/azure/virtual-machines/azure-compute-gallery */
const DEFAULT_REGION_TIMEOUT = 6 * 3600;

type WireSharedImage = Extract<WireDistributor, { type: 'SharedImage' }>;

/** `location`: of the template; a gallery version without regions goes there. */
export function toDistributor(wire: WireDistributor, location: Region): Distributor {
  const base = { runOutputName: wire.runOutputName, artifactTags: wire.artifactTags ?? {} };
  switch (wire.type) {
    case 'ManagedImage':
      return {
        ...base,
        type: 'ManagedImage',
        imageId: resourceId(wire.imageId),
        location: region(wire.location),
        ...(wire.replace === true && { replace: true }),
      };
    case 'SharedImage': {
      const targetRegions = toTargetRegions(wire, location);
      const endOfLife = wire.endOfLifeDate ?? wire.endOfLifeInDays;
      return {
        ...base,
        type: 'SharedImage',
        galleryImageId: resourceId(splitGalleryImageId(wire.galleryImageId).definition),
        targetRegions,
        excludeFromLatest: wire.excludeFromLatest ?? false,
        versioning: toVersioning(wire),
        replicationMode: wire.replicationMode ?? 'Full',
        rings: toRings(wire, targetRegions),
        promotion: toPromotion(wire),
        regionTimeout: parseDuration(wire.regionTimeout ?? '') ?? DEFAULT_REGION_TIMEOUT,
        ...(endOfLife !== undefined && { endOfLife }),
      };
    }
    case 'VHD':
      return { ...base, type: 'VHD', uri: wire.uri ?? '', copies: wire.copies ?? [] };
    default:
      return wire satisfies never;
  }
}

function toTargetRegions(wire: WireSharedImage, location: Region): TargetRegion[] {
  if (wire.targetRegions)
    return wire.targetRegions.map((target) => ({
      name: region(target.name),
      replicaCount: target.replicaCount ?? 1,
      storageAccountType: target.storageAccountType ?? 'Standard_LRS',
    }));
  const names = wire.replicationRegions?.length ? wire.replicationRegions.map(region) : [location];
  const storageAccountType = wire.storageAccountType ?? 'Standard_LRS';
  return [...new Set(names)].map((name) => ({ name, replicaCount: 1, storageAccountType }));
}

function toRings({ rings = [] }: WireSharedImage, targets: readonly TargetRegion[]): Ring[] {
  if (rings.length === 0)
    return [{ regions: targets.map(({ name }) => name), smokeBoot: false, approval: false }];
  return rings.map(({ regions, smokeBoot = false, approval = false }) => ({
    regions: regions.map(region),
    smokeBoot,
    approval,
  }));
}

function toPromotion({ promotion, rings = [] }: WireSharedImage): Promotion {
  return promotion ?? { rule: rings.length === 0 ? 'AtOnce' : 'AllRegions' };
}

/** An id that ends in a version asks for exactly that one. */
function toVersioning(wire: WireSharedImage): Versioning {
  const { version } = splitGalleryImageId(wire.galleryImageId);
  if (version !== undefined) return { scheme: 'Exact', version: imageVersion(version) };
  const { versioning } = wire;
  switch (versioning?.scheme) {
    case 'Source':
    case 'Timestamp':
      return { scheme: versioning.scheme };
    case 'Exact':
      return { scheme: 'Exact', version: imageVersion(versioning.version) };
    case 'Latest':
    case undefined:
      return { scheme: 'Latest', major: versioning?.major ?? -1 };
    default:
      return versioning satisfies never;
  }
}
