import { imageVersion, region, resourceId } from '../../model/convert.ts';
import { splitGalleryImageId } from '../../model/ids.ts';
import { parseDuration } from '../../model/duration.ts';
import type { Promotion, Region, Ring, TargetRegion, Versioning } from '../../model/template.ts';
import type { Common, TargetOf } from '../kind.ts';
import type { WireSharedImage } from './schema.ts';

/** Seconds: "wait for up to six hours", https://learn.microsoft.com/azure/virtual-machines/azure-compute-gallery */
const DEFAULT_REGION_TIMEOUT = 6 * 3600;

/** `location`: of the template; a gallery version without regions goes there. */
export function toTarget(wire: WireSharedImage, common: Common, location: Region): TargetOf<'SharedImage'> {
  const targetRegions = toTargetRegions(wire, location);
  const endOfLife = wire.endOfLifeDate ?? wire.endOfLifeInDays;
  return {
    ...common,
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
