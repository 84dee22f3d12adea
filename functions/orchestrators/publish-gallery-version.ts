import type { OrchestrationContext } from 'durable-functions';
import { deadlineWithin, HOUR, timestamp } from '../../shared/build/time.ts';
import { KilnError, type Result } from '../../shared/errors/failure.ts';
import type { RegionResult, RunOutput } from '../../shared/store/documents.ts';
import type { ImageVersion } from '../../shared/template/model.ts';
import type { Orchestrations } from '../activities/contract.ts';
import {
  all,
  asResult,
  begin,
  call,
  type Durable,
  failureOf,
  finished,
  inputOf,
  type Piece,
} from './durable.convert.ts';

type PublishInput = Orchestrations['publish-gallery-version'][0];

const REPLICATION_HOURS = 6;
const VERSION_ATTEMPTS = 5;

/**
 * The single writer of one gallery version: one PUT with every region, because a version's regions are full desired
 * state without an ETag. Then one watcher per region. The version stays out of `latest` until every region has it.
 */
export function* publishGalleryVersion(context: OrchestrationContext): Piece<Result<RunOutput>> {
  return yield* asResult(publish(context.df));
}

function* publish(df: Durable): Piece<RunOutput> {
  const input = inputOf<PublishInput>(df);
  const { plan, target, captured } = input;
  const startedAt = timestamp(df.currentUtcDateTime);
  const deadline = deadlineWithin(df.currentUtcDateTime, REPLICATION_HOURS * HOUR);
  const version = yield* createVersion(df, input, deadline);
  const watchers = target.regions.map(({ name: region }) =>
    begin(df, 'watch-region', { plan, target, version, region, deadline, startedAt }, `region-${region}`),
  );
  const regions = (yield* all<RegionResult>(df, watchers)).flatMap((result) =>
    result.ok ? [result.value] : [],
  );
  const complete =
    regions.length === target.regions.length && regions.every(({ state }) => state === 'Completed');
  if (complete && !target.excludeFromLatest) {
    const promotion = yield* call(df, 'promote-gallery-version', { plan, target, version, captured });
    yield* finished(df, plan.run, promotion, { deadline, onTimeout: 'AzureUnavailable', id: 'promote' });
  }
  const output = outputOf(input, version, regions);
  yield* call(df, 'record-output', { run: plan.run, output });
  return output;
}

/** Numbers are taken late and may be taken by somebody else first; then the next one is tried. */
function* createVersion(df: Durable, input: PublishInput, deadline: string): Piece<ImageVersion> {
  const { plan, target, captured } = input;
  for (let attempt = 1; ; attempt++) {
    const version = yield* call(df, 'pick-version', { plan, target });
    try {
      const creation = yield* call(df, 'start-gallery-version', { plan, target, version, captured });
      yield* finished(df, plan.run, creation, {
        deadline,
        onTimeout: 'RegionFailed',
        id: `version-${attempt}`,
      });
      return version;
    } catch (error) {
      if (failureOf(error).code !== 'NotOurs' || attempt === VERSION_ATTEMPTS) throw error;
    }
  }
}

function outputOf(
  { target }: PublishInput,
  version: ImageVersion,
  regions: readonly RegionResult[],
): RunOutput {
  if (regions.every(({ state }) => state !== 'Completed')) {
    const names = target.regions.map(({ name }) => name).join(', ');
    const message = `Version ${version} was replicated to none of its regions (${names}).`;
    throw new KilnError({ code: 'RegionFailed', message, target: target.galleryImageId });
  }
  const artifactId = `${target.galleryImageId}/versions/${version}`;
  return { name: target.runOutputName, type: 'SharedImage', state: 'Succeeded', artifactId, regions };
}
