import type { OrchestrationContext } from 'durable-functions';
import type { StepPlan } from '../../../shared/model/plan.ts';
import { batchLines, stepsOfBatch } from '../../../shared/planning/batch-lines.ts';
import { INVENTORY } from '../../../shared/planning/names.ts';
import { type Failure, KilnError, type Result } from '../../../shared/errors/failure.ts';
import { timestamp } from '../../../shared/model/time.ts';
import type { BatchEnd, CommandOutcome, Orchestrations } from '../../contract.ts';
import { stepEntry } from './build.ts';
import { asResult, call, type Durable, inputOf, type Piece } from '../durable.convert.ts';
import { runCommand } from './run-command.ts';
import { batchCommand, stepFailure } from './step-command.ts';

type Input = Orchestrations['run-batch'][0];

/** Consecutive plain steps in one run command (ADR 55). Answers when each has ended; a failure is that of its step. */
export function* runBatch(context: OrchestrationContext): Piece<Result<BatchEnd>> {
  return yield* asResult(oneBatch(context.df));
}

function* oneBatch(df: Durable): Piece<BatchEnd> {
  const input = inputOf<Input>(df);
  const { plan, batch } = input;
  const steps = stepsOfBatch(plan, batch);
  const result = yield* asResult(runCommand(df, plan, batchCommand(plan, batch, input.startedAt)));
  if (!result.ok) {
    const { error } = result;
    if (isOfListing(error)) return { ended: moments(df, steps, []) };
    const step = steps.find(({ log, name }) => error.target === log || error.target === name) ?? steps[0];
    return yield* fail(df, input, { step, error, ended: [] });
  }
  const { batch: end = { ended: [] }, ...outcome } = result.value;
  // What went wrong after the last step is of the listing.
  const step = hasSucceeded(outcome) ? undefined : steps[end.ended.length];
  if (step === undefined) return { ...end, ended: moments(df, steps, end.ended) };
  return yield* fail(df, input, { step, error: stepFailure(step, outcome), ended: end.ended });
}

function hasSucceeded({ timedOut, exitCode }: CommandOutcome): boolean {
  return !timedOut && exitCode === 0;
}

/** The listing fails no build: it is made again by a command of its own, or says why not. */
function isOfListing({ target, code }: Failure): boolean {
  return target === INVENTORY && code !== 'RunCanceled' && code !== 'BuildTimedOut';
}

/** A step of which no mark has arrived ended at the latest now. */
function moments(df: Durable, steps: readonly StepPlan[], ended: BatchEnd['ended']): BatchEnd['ended'] {
  const at = timestamp(df.currentUtcDateTime);
  return steps.map(({ index }) => ended.find((moment) => moment.index === index) ?? { index, at });
}

type Failed = {
  readonly step: StepPlan | undefined;
  readonly error: Failure;
  readonly ended: BatchEnd['ended'];
};

/** The lines of those that ended well are there already unless they came with the failure. */
function* fail(df: Durable, { plan, batch, startedAt }: Input, { step, error, ended }: Failed): Piece<never> {
  if (step !== undefined) {
    const known = ended.length > 0 ? batchLines(plan, batch, { ended, startedAt }) : [];
    const line = stepEntry(df, step.phase, step.name, {
      event: 'failed',
      log: step.log,
      message: error.message,
    });
    yield* call(df, 'record-progress', { run: plan.run, entries: [...known, line] });
  }
  throw new KilnError(error);
}
