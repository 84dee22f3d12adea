import type { TargetPlan } from '../build/plan.ts';
import { HOUR, later, timestamp } from '../build/time.ts';
import type { Distributor } from '../template/model.ts';
import type { Fit } from './compatibility.ts';
import { versionSourceOf } from './security.ts';

/** A distributor of the template with everything decided that its distribution needs. */
export function planTarget(
  { definitions, now }: Pick<Fit, 'definitions' | 'now'>,
  target: Distributor,
  index: number,
): TargetPlan {
  const { runOutputName, artifactTags } = target;
  const base = { index, runOutputName, artifactTags };
  switch (target.type) {
    case 'ManagedImage':
      return { ...base, type: 'ManagedImage', imageId: target.imageId, location: target.location };
    case 'VHD':
      return { ...base, type: 'VHD', uri: target.uri, copies: target.copies };
    case 'SharedImage': {
      const { galleryImageId, targetRegions, endOfLife } = target;
      const { excludeFromLatest, versioning, replicationMode, rings, promotion, regionTimeout } = target;
      const definition = definitions.get(galleryImageId.toLowerCase());
      const ends = typeof endOfLife === 'number' ? timestamp(later(now, endOfLife * 24 * HOUR)) : endOfLife;
      return {
        ...base,
        type: 'SharedImage',
        galleryImageId,
        regions: targetRegions,
        excludeFromLatest,
        versioning,
        versionSource: definition === undefined ? 'machine' : versionSourceOf(definition),
        replicationMode,
        rings,
        promotion,
        regionTimeout,
        ...(ends !== undefined && { endOfLife: ends }),
      };
    }
    default:
      return target satisfies never;
  }
}
