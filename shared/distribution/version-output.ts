import type { BuildPlan, TargetPlan } from '../model/plan.ts';
import type { Failure } from '../errors/failure.ts';
import type { RegionResult, RunOutput } from '../model/documents/documents.ts';
import type { ImageVersion } from '../model/template.ts';
import { keptSourceId } from './kept-source.ts';
import type { RingResult } from './rings.ts';

/** What became of a gallery version. `failure`: it could not be made or promoted, apart from what befell its regions. */
export type Published = {
  readonly version: ImageVersion;
  readonly rings: readonly RingResult[];
  readonly promoted: boolean;
  readonly failure?: Failure;
};

/** Whether a cancel has kept the version from becoming what it should be. */
export function wasCanceled({ rings, failure }: Published): boolean {
  const failures = [failure, ...rings.flatMap((ring) => [ring.error, ...errorsOf(ring.regions)])];
  return failures.some((one) => one?.code === 'RunCanceled');
}

/** A failed target names its version too, so that a retry goes on with it instead of making a second one. */
export function versionOutput(
  plan: BuildPlan,
  target: Extract<TargetPlan, { type: 'SharedImage' }>,
  { version, rings, promoted, failure }: Published,
): RunOutput {
  const regions = rings.flatMap((ring) => ring.regions);
  const artifactId = `${target.galleryImageId}/versions/${version}`;
  const sourceId = target.replicationMode === 'Shallow' ? keptSourceId(plan, target) : undefined;
  const error = failure ?? (isAnywhere(regions) ? undefined : nowhere(target, version, regions));
  const state = error === undefined ? 'Succeeded' : 'Failed';
  // What is not ours is no artifact of the run, whatever its tags say.
  const named = failure?.code === 'NotOurs' ? {} : { artifactId };
  const base = { name: target.runOutputName, type: 'SharedImage', state, ...named } as const;
  return { ...base, ...(sourceId && { sourceId }), regions, promoted, ...(error && { error }) };
}

function isAnywhere(regions: readonly RegionResult[]): boolean {
  return regions.some(({ state }) => state === 'Completed' || state === 'BootFailed');
}

/** Each region tells its own cause: clients key on its code, not on that of the target. */
function nowhere(
  { galleryImageId }: Extract<TargetPlan, { type: 'SharedImage' }>,
  version: ImageVersion,
  regions: readonly RegionResult[],
): Failure {
  const names = regions.map(({ region }) => region).join(', ');
  const details = errorsOf(regions);
  const [cause] = details;
  const why = cause === undefined ? '' : `: ${cause.message}`;
  const message = `Version ${version} was replicated to none of its regions (${names})${why}`;
  const more = details.length > 0 ? { details } : {};
  return { code: 'RegionFailed', message, target: galleryImageId, ...more };
}

function errorsOf(regions: readonly RegionResult[]): readonly Failure[] {
  return regions.flatMap(({ region, state, error }) =>
    error === undefined || state === 'Skipped' ? [] : [{ ...error, target: error.target ?? region }],
  );
}
