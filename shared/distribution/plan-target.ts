import type { TargetPlan } from '../model/plan.ts';
import { HOUR, later, timestamp } from '../model/time.ts';
import type { Distributor } from '../model/template.ts';
import type { Fit } from './fit.ts';
import { homeOf } from './home.ts';
import { versionSourceOf } from './security.ts';

type World = Pick<Fit, 'definitions' | 'now' | 'template'>;

/** A distributor of the template with everything decided that its distribution needs. */
export function planTarget(world: World, target: Distributor, index: number): TargetPlan {
  const { runOutputName, artifactTags } = target;
  const base = { index, runOutputName, artifactTags };
  switch (target.type) {
    case 'ManagedImage': {
      const { imageId, location, replace } = target;
      return { ...base, type: 'ManagedImage', imageId, location, ...(replace && { replace }) };
    }
    case 'VHD':
      return { ...base, type: 'VHD', uri: target.uri, copies: target.copies };
    case 'SharedImage':
      return { ...base, type: 'SharedImage', ...planVersion(world, target) };
    default:
      return target satisfies never;
  }
}

type VersionPlan = Extract<TargetPlan, { type: 'SharedImage' }>;

function planVersion(
  { definitions, now, template }: World,
  target: Extract<Distributor, { type: 'SharedImage' }>,
): Omit<VersionPlan, 'type' | 'index' | 'runOutputName' | 'artifactTags'> {
  const { galleryImageId, targetRegions, endOfLife } = target;
  const { excludeFromLatest, versioning, replicationMode, rings, regionTimeout } = target;
  const definition = definitions.get(galleryImageId.toLowerCase());
  const home = definition && homeOf(target, template.location, definition.location);
  const ends = typeof endOfLife === 'number' ? timestamp(later(now, endOfLife * 24 * HOUR)) : endOfLife;
  return {
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
function promotionOf({
  rings: [first, ...others],
  promotion,
}: Extract<Distributor, { type: 'SharedImage' }>): VersionPlan['promotion'] {
  const isPlain = others.length === 0 && first?.smokeBoot === false && !first.approval;
  return isPlain && first.regions.length === 1 ? { rule: 'AtOnce' } : promotion;
}
