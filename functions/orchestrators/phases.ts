import type { BuildPlan, Captured, StepPlan } from '../../shared/build/plan.ts';
import { MINUTE, timestamp } from '../../shared/build/time.ts';
import type { RunOutput } from '../../shared/store/documents.ts';
import type { OperationHandle } from '../activities/contract.ts';
import { type Build, entry, type Planned, record, stepEntry, within } from './build.ts';
import { begin, beginWait, call, failureOf, type Piece, unlessCanceled } from './durable.convert.ts';

/** The phases of a build in order; docs/ARCHITECTURE.md §2 has the table of deadlines and retries. */

export function* resolve(build: Build): Piece<BuildPlan> {
  const plan = yield* call(build.df, 'resolve-plan', { ...build.run, startedAt: build.startedAt });
  const { warning } = plan.source;
  if (warning !== undefined) yield* record(build, [entry(build.df, 'resolve', 'note', warning)]);
  return plan;
}

export function* stage(build: Planned): Piece<void> {
  const { df, plan } = build;
  yield* call(df, 'create-staging-group', { plan });
  if (plan.subnetId !== undefined) return;
  yield* done(build, 'security-group', 10, yield* call(df, 'start-security-group', { plan }));
  yield* done(build, 'network', 10, yield* call(df, 'start-network', { plan }));
}

/** Walks the list of sizes: a size without capacity is an everyday event in Azure, not a failed build. */
export function* provision(build: Planned): Piece<void> {
  for (const [attempt, vmSize] of build.plan.vmSizes.entries()) {
    const last = attempt === build.plan.vmSizes.length - 1;
    try {
      yield* provisionWith(build, vmSize, attempt);
      return;
    } catch (error) {
      const failure = failureOf(error);
      const nextSizeMayWork = ['AllocationFailed', 'SizeNotAvailable', 'QuotaExceeded'].includes(
        failure.code,
      );
      if (last || !nextSizeMayWork) throw error;
      yield* record(build, [
        stepEntry(build.df, 'provision', vmSize, { event: 'failed', message: failure.message }),
      ]);
      yield* done(
        build,
        `discard-${attempt}`,
        20,
        yield* call(build.df, 'discard-build-machine', { plan: build.plan }),
      );
    }
  }
}

function* provisionWith(build: Planned, vmSize: string, attempt: number): Piece<void> {
  const { df, plan } = build;
  yield* done(build, `machine-${attempt}`, 20, yield* call(df, 'start-build-machine', { plan, vmSize }));
  yield* until(
    build,
    'check-agent',
    { plan },
    within(build, 20 * MINUTE, 'ProvisioningFailed', `agent-${attempt}`),
  );
}

export function* customize(build: Planned): Piece<void> {
  yield* runSteps(
    build,
    build.plan.steps.filter((step) => step.phase === 'customize'),
  );
}

export function* validate(build: Planned): Piece<void> {
  yield* runSteps(
    build,
    build.plan.steps.filter((step) => step.phase === 'validate'),
  );
}

function* runSteps(build: Planned, steps: readonly StepPlan[]): Piece<void> {
  for (const step of steps) {
    yield* record(build, [stepEntry(build.df, step.phase, step.name, { event: 'started', log: step.log })]);
    try {
      yield* runStep(build, step);
      yield* record(build, [
        stepEntry(build.df, step.phase, step.name, { event: 'succeeded', log: step.log }),
      ]);
    } catch (error) {
      const message = failureOf(error).message;
      yield* record(build, [
        stepEntry(build.df, step.phase, step.name, { event: 'failed', message, log: step.log }),
      ]);
      throw error;
    }
  }
}

function* runStep(build: Planned, step: StepPlan): Piece<void> {
  const { df, plan } = build;
  if (step.kind === 'command') {
    yield* unlessCanceled(df, begin(df, 'run-step', { plan, step }, `step-${step.index}`));
    return;
  }
  const after = timestamp(df.currentUtcDateTime);
  yield* done(
    build,
    `restart-${step.index}`,
    step.timeoutSeconds / 60,
    yield* call(df, 'start-restart', { plan }),
  );
  const limit = within(build, step.timeoutSeconds * 1000, 'CustomizerTimedOut', `restarted-${step.index}`);
  yield* until(build, 'check-agent', { plan, after }, limit);
}

/** Deprovisioning removes the agent that would report its end, so the power state is the signal. */
export function* generalize(build: Planned): Piece<void> {
  const { df, plan } = build;
  yield* call(df, 'start-deprovision', { plan });
  yield* until(
    build,
    'check-power-off',
    { plan },
    within(build, 30 * MINUTE, 'GeneralizeFailed', 'power-off'),
  );
  yield* done(build, 'deallocate', 30, yield* call(df, 'start-deallocate', { plan }));
  yield* call(df, 'generalize-machine', { plan });
}

export function* capture(build: Planned): Piece<Captured> {
  const { df, plan } = build;
  const needsImage = plan.targets.some(
    (target) => target.type === 'SharedImage' && target.versionSource === 'image',
  );
  if (needsImage) yield* done(build, 'image', 30, yield* call(df, 'start-temporary-image', { plan }));
  return yield* call(df, 'describe-captured', { plan });
}

export function* distribute(build: Planned, captured: Captured): Piece<readonly RunOutput[]> {
  const { df, plan } = build;
  return yield* unlessCanceled<readonly RunOutput[]>(
    df,
    begin(df, 'distribute', { plan, captured }, 'distribute'),
  );
}

function* done(build: Planned, id: string, minutes: number, handle: OperationHandle): Piece<void> {
  if (handle.done) return;
  const limit = within(build, minutes * MINUTE, 'AzureUnavailable', id);
  yield* until(build, 'check-operation', { run: build.run, handle }, limit);
}

type Until = Parameters<typeof beginWait>;

/** Waits in a child instance, and stops waiting at once when the run is canceled. */
function* until<Name extends Until[1]>(
  build: Planned,
  ...[probe, input, limit]: [Name, Parameters<typeof beginWait<Name>>[2], Until[3]]
): Piece<void> {
  yield* unlessCanceled(build.df, beginWait(build.df, probe, input, limit));
}
