import type { Task } from 'durable-functions';
import { needsImage } from '../../../shared/planning/needs-image.ts';
import type { BuildPlan, Captured } from '../../../shared/model/plan.ts';
import { type Failure, KilnError } from '../../../shared/errors/failure.ts';
import type { RunOutput } from '../../../shared/model/documents/documents.ts';
import { type Build, entry, type Planned, record } from './build.ts';
import { asResult, begin, call, type Piece, settled } from '../durable.convert.ts';
import { timestamp } from '../../../shared/model/time.ts';
import { awaitCores } from './turn.ts';
import { provisionMachine } from './provision.ts';
import { proveImage } from './prove.ts';
import { provisionOrResume } from './resume.ts';
import { runSteps } from './steps.ts';
import { doneOrCancel } from '../waits.ts';
import { LIMITS } from '../limits.ts';

/** The phases of a build in order; docs/ARCHITECTURE.md §2 has the table of deadlines and retries. */

export function* resolve(build: Build): Piece<BuildPlan> {
  const plan = yield* planned(build);
  const { warning } = plan.source;
  if (warning !== undefined) yield* record(build, [entry(build.df, 'resolve', 'note', warning)]);
  return plan;
}

/** Quota that other runs of Kiln have comes back: it is waited for in line, and the time of the build begins afterwards. */
function* planned(build: Build): Piece<BuildPlan> {
  const { df, run } = build;
  let { startedAt } = build;
  for (let round = 0; ; round++) {
    const plan = yield* call(df, 'resolve-plan', { ...run, startedAt });
    if (!('inUse' in plan)) return plan;
    const { count, family, location } = plan.inUse;
    const told = `${count} vCPUs of ${family} in ${location} are waited for: other runs of Kiln have them.`;
    yield* record(build, [entry(df, 'resolve', 'note', told)], 'Queued');
    yield* awaitCores(df, run, plan.inUse, round);
    yield* record(build, [], 'Building');
    startedAt = timestamp(df.currentUtcDateTime);
  }
}

export function* stage(build: Planned): Piece<void> {
  const { df, plan } = build;
  yield* call(df, 'create-staging-group', { plan });
  if (plan.subnetId !== undefined) return;
  yield* doneOrCancel(build, 'security-group', LIMITS.securityGroup, () =>
    call(df, 'start-security-group', { plan }),
  );
  yield* doneOrCancel(build, 'network', LIMITS.network, () => call(df, 'start-network', { plan }));
}

/** Answers with the build as it goes on: of a checkpoint, or of the source. */
export function* provision(build: Planned): Piece<Planned> {
  return yield* provisionOrResume(build);
}

/** Answers whether the machine has listed what is in it beside the last steps. */
export function* customize(build: Planned): Piece<boolean> {
  return yield* runSteps(build, 'customize');
}

/**
 * Validators run in a new VM made from what was captured, so that nothing they do becomes part of the image and the
 * image has booted before anybody gets it. A VM that cannot boot it is a failed validation.
 */
export function* validate(build: Planned, captured?: Captured): Piece<void> {
  const { validation } = build.plan;
  if (validation === undefined) return;
  if (validation.on === 'image' && captured?.imageId !== undefined) {
    const booted = yield* asResult(
      provisionMachine(build, { machine: 'validate', imageId: captured.imageId }),
    );
    if (!booted.ok) throw new KilnError(asValidation(booted.error));
  }
  yield* proveImage(build);
  yield* runSteps(build, 'validate');
}

function asValidation(failure: Failure): Failure {
  if (failure.code !== 'ProvisioningFailed') return failure;
  return {
    ...failure,
    code: 'ValidationStepFailed',
    message: `The image did not boot in a new VM. ${failure.message}`,
  };
}

export function* capture(build: Planned): Piece<Captured> {
  const { df, plan } = build;
  if (needsImage(plan))
    yield* doneOrCancel(build, 'image', LIMITS.temporaryImage, () =>
      call(df, 'start-temporary-image', { plan }),
    );
  return yield* call(df, 'describe-captured', { plan });
}

export function* distribute(build: Planned, captured: Captured): Piece<readonly RunOutput[]> {
  const { df, plan } = build;
  return yield* distributed(begin(df, 'distribute', { plan, captured, attempt: 0 }, 'distribute'));
}

/**
 * Not raced against a cancel: each target sees it for itself and takes back what it has begun, and a run that is over
 * before that has left something behind.
 */
export function* distributed(task: Task): Piece<readonly RunOutput[]> {
  const outputs = yield* settled<readonly RunOutput[]>(task);
  if (!outputs.ok) throw new KilnError(outputs.error);
  return outputs.value;
}
