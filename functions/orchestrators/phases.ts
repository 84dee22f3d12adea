import type { Task } from 'durable-functions';
import { needsImage } from '../../shared/build/needs-image.ts';
import type { BuildPlan, Captured } from '../../shared/build/plan.ts';
import { type Failure, KilnError } from '../../shared/errors/failure.ts';
import type { RunOutput } from '../../shared/store/documents.ts';
import { type Build, entry, type Planned, record } from './build.ts';
import { asResult, begin, call, type Piece, settled } from './durable.convert.ts';
import { provisionMachine } from './provision.ts';
import { runSteps } from './steps.ts';
import { done } from './waits.ts';

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
  yield* done(build, 'security-group', 10, () => call(df, 'start-security-group', { plan }));
  yield* done(build, 'network', 10, () => call(df, 'start-network', { plan }));
}

export function* provision(build: Planned): Piece<void> {
  yield* provisionMachine(build, { machine: 'build' });
}

export function* customize(build: Planned): Piece<void> {
  yield* runSteps(build, 'customize');
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
  if (needsImage(plan)) yield* done(build, 'image', 30, () => call(df, 'start-temporary-image', { plan }));
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
