import type { OrchestrationContext } from 'durable-functions';
import type { SmokePlan } from '../../shared/build/plan.ts';
import { deadlineWithin, SECOND, secondsBetween, timestamp } from '../../shared/build/time.ts';
import { bootFailure, smokeLabel, smokePlan } from '../../shared/distribution/smoke-boot.ts';
import { KilnError, type Result } from '../../shared/errors/failure.ts';
import type { TimelineEntry } from '../../shared/store/documents.ts';
import { resourceId } from '../../shared/template/convert.ts';
import type { Orchestrations } from '../activities/contract.ts';
import { type Planned, record, stepEntry } from './build.ts';
import { asResult, call, type Durable, inputOf, type Piece } from './durable.convert.ts';
import { provisionMachine } from './provision.ts';
import { runSteps } from './steps.ts';
import { done } from './waits.ts';

type Input = Orchestrations['smoke-boot'][0];

/**
 * Makes a VM of a gallery version in one region, as its users will, and runs the validators in it. The VM goes in any
 * case; the network, which costs nothing, goes with the staging group.
 */
export function* smokeBoot(context: OrchestrationContext): Piece<Result<{ seconds: number }>> {
  return yield* asResult(bootOnce(context.df));
}

function* bootOnce(df: Durable): Piece<{ seconds: number }> {
  const input = inputOf<Input>(df);
  const { target, version, region } = input;
  const startedAt = timestamp(df.currentUtcDateTime);
  const boot = { ...input, deadline: deadlineWithin(df.currentUtcDateTime, target.regionTimeout * SECOND) };
  const plan = smokePlan(input.plan, boot);
  const build: Planned = { df, run: plan.run, startedAt, unsaid: [], plan };
  const tell = (rest: Pick<TimelineEntry, 'event' | 'message' | 'region'>) =>
    record(build, [stepEntry(df, 'distribute', `${smokeLabel(boot)} › boot`, rest)]);
  yield* tell({ event: 'started' });
  const proved = yield* asResult(prove(build, input));
  const seconds = secondsBetween(startedAt, df.currentUtcDateTime);
  const removed = plan.smoke && (yield* asResult(remove(build, plan.smoke)));
  if (removed?.ok === false) yield* tell({ event: 'note', message: removed.error.message });
  if (proved.ok) {
    yield* tell({ event: 'succeeded', message: `${seconds} s` });
    return { seconds };
  }
  const failure = bootFailure(proved.error, version, region);
  yield* tell({ event: 'failed', message: failure.message, region });
  throw new KilnError(failure);
}

function* prove(build: Planned, { target, version }: Input): Piece<void> {
  const { df, plan } = build;
  const { smoke, subnetId } = plan;
  if (smoke === undefined) return;
  if (subnetId === undefined) {
    yield* done(build, 'security-group', 10, () => call(df, 'start-security-group', { plan }));
    yield* done(build, 'network', 10, () => call(df, 'start-network', { plan }));
  }
  const imageId = resourceId(`${target.galleryImageId}/versions/${version}`);
  yield* provisionMachine(build, { machine: smoke.machine, imageId });
  yield* runSteps(build, 'distribute');
}

/** Also after a cancel: the clean-up may be removing it at the same time, which does no harm. */
function* remove({ df, run, startedAt, unsaid, plan }: Planned, { machine }: SmokePlan): Piece<void> {
  // The time for the boot may be over.
  const deadline = deadlineWithin(df.currentUtcDateTime, 20 * 60 * SECOND);
  const build = { df, run, startedAt, unsaid, plan: { ...plan, deadline } };
  yield* done(build, 'removal', 20, () => call(df, 'discard-build-machine', { plan, machine }));
}
