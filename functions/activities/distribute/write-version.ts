import { artifactTags } from '../../../shared/model/tags.ts';
import { keptSourceId } from '../../../shared/distribution/kept-source.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import type { BuildPlan, Captured, TargetPlan } from '../../../shared/model/plan.ts';
import type { VersionRequest } from '../../../shared/ports/azure.ts';
import type { App } from '../../app.ts';
import { type Activity, operation } from '../activity.ts';
import type { Input } from '../../contract.ts';
import { copiedImageId, snapshotId } from '../resources.ts';

/**
 * A gallery version as it shall be, whole: a PUT that leaves out a region removes it. Only the single writer of a version
 * calls this, because the API has no ETag.
 */
export const writeVersion: Activity<'write-version'> = async (app, input) => {
  const { plan, target, version, captured, regions, excludeFromLatest, what } = input;
  const request: VersionRequest = {
    location: target.home ?? plan.location,
    tags: { ...target.artifactTags, ...artifactTags(app.name, plan) },
    // A promotion or a repair does not depend on what the version was made of: that may be gone.
    ...(what === 'create' && { source: sourceOf(plan, target, captured) }),
    regions: target.regions.filter(({ name }) => regions.includes(name)),
    excludeFromLatest: excludeFromLatest === 'as it is' ? await isExcluded(app, input) : excludeFromLatest,
    replicationMode: target.replicationMode,
    ...(target.endOfLife !== undefined && { endOfLife: target.endOfLife }),
    ...(input.allowRemoval !== undefined && { allowRemoval: input.allowRemoval }),
  };
  const { galleries } = app.azure(plan.subscriptionId);
  const started = await galleries.startVersion(target.galleryImageId, version, request);
  return operation(
    `${what} version ${version} of ${target.galleryImageId}`,
    started,
    what === 'create' ? 'version' : 'version change',
  );
};

async function isExcluded(app: App, { plan, target, version }: Input<'write-version'>): Promise<boolean> {
  const found = await app.azure(plan.subscriptionId).galleries.version(target.galleryImageId, version);
  return found?.excludeFromLatest ?? true;
}

function sourceOf(
  plan: BuildPlan,
  target: Extract<TargetPlan, { type: 'SharedImage' }>,
  captured: Captured,
): NonNullable<VersionRequest['source']> {
  if (target.replicationMode === 'Shallow') return { imageId: keptSourceId(plan, target) };
  const { home } = target;
  if (home !== undefined)
    return target.versionSource === 'image'
      ? { imageId: copiedImageId(plan, home) }
      : { snapshotId: snapshotId(plan, home) };
  const { machineId, imageId } = captured;
  if (machineId !== undefined && (target.versionSource === 'machine' || imageId === undefined))
    return { machineId };
  if (imageId !== undefined) return { imageId };
  throw new KilnError({
    code: 'CaptureFailed',
    message: 'Of this build nothing is left to make a version of.',
  });
}
