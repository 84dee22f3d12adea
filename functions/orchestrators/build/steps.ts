import type { StepBatch, StepPlan } from '../../../shared/model/plan.ts';
import type { TimelineEntry } from '../../../shared/model/documents/documents.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { SECOND, timestamp } from '../../../shared/model/time.ts';
import { keptUntil } from '../../../shared/planning/checkpoints.ts';
import { batchLines } from '../../../shared/planning/batch-lines.ts';
import type { BatchEnd, StepEnd } from '../../contract.ts';
import { note, type Planned, record, stepEntry } from './build.ts';
import { asResult, begin, failureOf, type Piece, unlessCanceled } from '../durable.convert.ts';

/**
 * The steps of a phase in order; the first that fails ends the phase, and those after it do not run. True when the machine has
 * also listed what is in it.
 */
export function* runSteps(build: Planned, phase: StepPlan['phase']): Piece<boolean> {
  const { steps, batches = [], checkpoints } = build.plan;
  const done = checkpoints?.from?.after ?? -1;
  const since = build.df.currentUtcDateTime;
  let listed = false;
  for (const step of steps.filter((candidate) => candidate.phase === phase)) {
    const batch = batches.find(({ first, count }) => step.index >= first && step.index < first + count);
    if (step.index <= done) {
      build.unsaid.push(ofStep(build, step, 'skipped', 'The checkpoint has it.'));
      continue;
    }
    if (batch === undefined) yield* single(build, step);
    else if (batch.first === step.index) listed = yield* together(build, batch, step);
    // A batch ends where a checkpoint is made, and its last step comes here when all of it has ended.
    if (checkpoints?.keep.some(({ after }) => after === step.index)) yield* keepAfter(build, step, since);
  }
  return listed;
}

/** Whatever goes wrong with a checkpoint, the build goes on without it. */
function* keepAfter(build: Planned, step: StepPlan, since: Date): Piece<void> {
  const { df, plan } = build;
  const before = plan.checkpoints?.from?.seconds ?? 0;
  const seconds = before + Math.round((df.currentUtcDateTime.getTime() - since.getTime()) / SECOND);
  const input = { plan, after: step.index, seconds };
  const task = begin(df, 'save-checkpoint', input, `checkpoint-${step.index}`);
  const kept = yield* asResult(unlessCanceled<null>(df, task));
  if (!kept.ok && kept.error.code === 'RunCanceled') throw new KilnError(kept.error);
  const told = kept.ok
    ? `Kept as a checkpoint until ${keptUntil(plan.checkpoints?.expires ?? '')}.`
    : `No checkpoint was made here; the build goes on. ${kept.error.message}`;
  build.unsaid.push(note(df, step, 'checkpoint', told));
}

function* single(build: Planned, step: StepPlan): Piece<void> {
  yield* record(build, [ofStep(build, step, 'started')]);
  try {
    const { skipped } = yield* oneStep(build, step);
    build.unsaid.push(ofStep(build, step, skipped ? 'skipped' : 'succeeded'));
  } catch (error) {
    yield* record(build, [ofStep(build, step, 'failed', failureOf(error).message)]);
    throw error;
  }
}

/** What fails is written where it is known of which step it is: in the batch's own instance. */
function* together(build: Planned, batch: StepBatch, first: StepPlan): Piece<boolean> {
  const { df, plan } = build;
  yield* record(build, [ofStep(build, first, 'started')]);
  const startedAt = timestamp(df.currentUtcDateTime);
  const task = begin(df, 'run-batch', { plan, batch, startedAt }, `steps-${batch.first}`);
  const { ended, listed = false } = yield* unlessCanceled<BatchEnd>(df, task);
  build.unsaid.push(...batchLines(plan, batch, { ended, startedAt }));
  return listed;
}

/** In an instance of its own, so that the history of the build stays short. */
function* oneStep({ df, plan }: Planned, step: StepPlan): Piece<StepEnd> {
  return yield* unlessCanceled<StepEnd>(df, begin(df, 'run-step', { plan, step }, `step-${step.index}`));
}

function ofStep(
  { df }: Planned,
  step: StepPlan,
  event: TimelineEntry['event'],
  message?: string,
): TimelineEntry {
  return stepEntry(df, step.phase, step.name, { event, log: step.log, ...(message && { message }) });
}
