import { imageVersion, region, resourceId } from './convert.ts';
import { splitGalleryImageId } from './ids.ts';
import type { Distributor, Region, TargetRegion, Versioning } from './model.ts';
import type { WireDistributor } from './schema/image-template.ts';

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
      };
    case 'SharedImage':
      return {
        ...base,
        type: 'SharedImage',
        galleryImageId: resourceId(splitGalleryImageId(wire.galleryImageId).definition),
        targetRegions: toTargetRegions(wire, location),
        excludeFromLatest: wire.excludeFromLatest ?? false,
        versioning: toVersioning(wire),
        replicationMode: wire.replicationMode ?? 'Full',
      };
    case 'VHD':
      return { ...base, type: 'VHD', uri: wire.uri ?? '' };
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

/** An id that ends in a version asks for exactly that one. */
function toVersioning(wire: WireSharedImage): Versioning {
  const { version } = splitGalleryImageId(wire.galleryImageId);
  if (version !== undefined) return { scheme: 'Exact', version: imageVersion(version) };
  if (wire.versioning?.scheme === 'Source') return { scheme: 'Source' };
  return { scheme: 'Latest', major: wire.versioning?.major ?? -1 };
}
