import { HOUR, later, timestamp } from '../../model/time.ts';
import type { CommonPlan, PlanOf, PlanWorld, TargetOf } from '../kind.ts';
import { versionSourceOf } from '../security.ts';
import { homeOf } from './home.ts';

type Plan = PlanOf<'SharedImage'>;

/** A version with everything decided that its distribution needs. */
export function planVersion(
  target: TargetOf<'SharedImage'>,
  common: CommonPlan,
  { definitions, now, template }: PlanWorld,
): Plan {
  const { galleryImageId, targetRegions, endOfLife } = target;
  const { excludeFromLatest, versioning, replicationMode, rings, regionTimeout } = target;
  const definition = definitions.get(galleryImageId.toLowerCase());
  const home = definition && homeOf(target, template.location, definition.location);
  const ends = typeof endOfLife === 'number' ? timestamp(later(now, endOfLife * 24 * HOUR)) : endOfLife;
  return {
    ...common,
    type: 'SharedImage',
    galleryImageId,
    ...(home && { home }),
    regions: targetRegions,
    excludeFromLatest,
    versioning,
    versionSource: definition === undefined ? 'machine' : versionSourceOf(definition),
    replicationMode,
    rings,
    promotion: promotionOf(target),
    regionTimeout,
    ...(ends !== undefined && { endOfLife: ends }),
  };
}

/** A version that goes to one region, and is not tried there, is seen nowhere before its rule holds: its first write can be its last. */
function promotionOf({ rings: [first, ...others], promotion }: TargetOf<'SharedImage'>): Plan['promotion'] {
  const isPlain = others.length === 0 && first?.smokeBoot === false && !first.approval;
  return isPlain && first.regions.length === 1 ? { rule: 'AtOnce' } : promotion;
}
