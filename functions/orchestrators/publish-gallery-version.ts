import type { OrchestrationContext } from 'durable-functions';
import { deadlineWithin, SECOND, timestamp } from '../../shared/build/time.ts';
import { KilnError, type Result } from '../../shared/errors/failure.ts';
import { keptSourceId } from '../../shared/distribution/kept-source.ts';
import { promotedBy, type RingResult } from '../../shared/distribution/rings.ts';
import type { RunOutput } from '../../shared/store/documents.ts';
import type { ImageVersion } from '../../shared/template/model.ts';
import type { Orchestrations } from '../activities/contract.ts';
import { createVersion } from './create-version.ts';
import { asResult, call, type Durable, finished, inputOf, PATIENT, type Piece } from './durable.convert.ts';
import { withKeptSource } from './keep-source.ts';
import { prepareHome } from './prepare-home.ts';
import { replicateRings } from './replicate-rings.ts';

type Publishing = Orchestrations['publish-gallery-version'][0];

/**
 * A gallery version: created by one PUT, replicated ring by ring, and let into `latest` when the template's rule says so.
 * It stays out of `latest` until then, so that nobody meets a version that is not there yet.
 */
export function* publishGalleryVersion(context: OrchestrationContext): Piece<Result<RunOutput>> {
  return yield* asResult(publish(context.df));
}

function* publish(df: Durable): Piece<RunOutput> {
  const input = inputOf<Publishing>(df);
  const { plan, target, resume } = input;
  yield* prepareHome(df, input);
  const startedAt = timestamp(df.currentUtcDateTime);
  const deadline = deadlineWithin(df.currentUtcDateTime, target.regionTimeout * SECOND);
  const [first] = target.rings;
  const regions = first?.regions ?? [];
  const make = createVersion(df, input, { regions, deadline });
  const version = resume?.version ?? (yield* withKeptSource(df, input, { deadline, make }));
  const rings = yield* replicateRings(df, { ...input, version, startedAt });
  const promoted = yield* promote(df, input, { version, rings });
  const output = outputOf(input, version, { rings, promoted });
  yield* call(df, 'record-output', { run: plan.run, output });
  return output;
}

type Replicated = { readonly version: ImageVersion; readonly rings: readonly RingResult[] };

/** The version is complete enough for its rule: a full PUT, because a PATCH needs the same body anyway. */
function* promote(df: Durable, input: Publishing, { version, rings }: Replicated): Piece<boolean> {
  const { plan, target, captured } = input;
  if (target.excludeFromLatest || !promotedBy(target.promotion, rings)) return false;
  const regions = rings.flatMap((ring) => ring.regions.filter(({ state }) => state !== 'Skipped'));
  const names = regions.map(({ region }) => region);
  const wish = { plan, target, version, captured, regions: names, excludeFromLatest: false } as const;
  const handle = yield* call(df, 'write-version', { ...wish, what: 'promote' }, PATIENT);
  const deadline = deadlineWithin(df.currentUtcDateTime, target.regionTimeout * SECOND);
  yield* finished(df, plan.run, handle, { deadline, onTimeout: 'AzureUnavailable', id: 'promote' });
  return true;
}

function outputOf(
  { plan, target }: Publishing,
  version: ImageVersion,
  { rings, promoted }: { rings: readonly RingResult[]; promoted: boolean },
): RunOutput {
  const regions = rings.flatMap((ring) => ring.regions);
  if (!regions.some(({ state }) => state === 'Completed' || state === 'BootFailed')) {
    const names = regions.map(({ region }) => region).join(', ');
    const message = `Version ${version} was replicated to none of its regions (${names}).`;
    throw new KilnError({ code: 'RegionFailed', message, target: target.galleryImageId });
  }
  const artifactId = `${target.galleryImageId}/versions/${version}`;
  const name = target.runOutputName;
  const sourceId = target.replicationMode === 'Shallow' ? keptSourceId(plan, target) : undefined;
  const base = { name, type: 'SharedImage', state: 'Succeeded', artifactId } as const;
  return { ...base, ...(sourceId && { sourceId }), regions, promoted };
}
