import type { OrchestrationContext } from 'durable-functions';
import type { SmokePlan } from '../../../shared/model/plan.ts';
import { deadlineWithin, timestamp, secondsBetween } from '../../../shared/model/time.ts';
import { bootFailure, smokeLabel, smokePlan } from '../../../shared/distribution/smoke-boot.ts';
import { KilnError, type Result } from '../../../shared/errors/failure.ts';
import type { TimelineEntry } from '../../../shared/model/documents/documents.ts';
import { resourceId } from '../../../shared/model/convert.ts';
import type { Orchestrations } from '../../contract.ts';
import { type Planned, record, stepEntry } from '../build/build.ts';
import { asResult, call, type Durable, inputOf, type Piece } from '../durable.convert.ts';
import { proveHygiene } from '../build/prove.ts';
import { provisionMachine } from '../build/provision.ts';
import { runSteps } from '../build/steps.ts';
import { doneOrCancel } from '../waits.ts';
import { LIMITS } from '../limits.ts';

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
  const boot = {
    ...input,
    deadline: deadlineWithin(df.currentUtcDateTime, { seconds: target.regionTimeout }),
  };
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

function* prove(build: Planned, { target, version, region }: Input): Piece<void> {
  const { df, plan } = build;
  const { smoke, subnetId } = plan;
  if (smoke === undefined) return;
  if (subnetId === undefined) {
    yield* doneOrCancel(build, 'security-group', LIMITS.securityGroup, () =>
      call(df, 'start-security-group', { plan }),
    );
    yield* doneOrCancel(build, 'network', LIMITS.network, () => call(df, 'start-network', { plan }));
  }
  const imageId = resourceId(`${target.galleryImageId}/versions/${version}`);
  yield* provisionMachine(build, { machine: smoke.machine, imageId });
  if (plan.smokeHygiene !== undefined && !smoke.isolated)
    yield* proveHygiene(build, {
      isStrict: plan.smokeHygiene === 'fail',
      place: {
        ...{ phase: 'distribute', machine: smoke.machine, log: `${smoke.machine}-hygiene` },
        step: `${smokeLabel({ target, region })} › hygiene`,
      },
    });
  yield* runSteps(build, 'distribute');
}

/** Also after a cancel: the clean-up may be removing it at the same time, which does no harm. */
function* remove({ df, run, startedAt, unsaid, plan }: Planned, { machine }: SmokePlan): Piece<void> {
  // The time for the boot may be over.
  const deadline = deadlineWithin(df.currentUtcDateTime, LIMITS.machineRemoval);
  const build = { df, run, startedAt, unsaid, plan: { ...plan, deadline } };
  yield* doneOrCancel(build, 'removal', LIMITS.machineRemoval, () =>
    call(df, 'discard-build-machine', { plan, machine }),
  );
}
