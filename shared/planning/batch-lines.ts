import type { BuildPlan, StepBatch, StepPlan } from '../model/plan.ts';
import type { TimelineEntry, Timestamp } from '../model/documents/documents.ts';

type Ended = { readonly index: number; readonly at: Timestamp };

/** The steps of a batch, in order. */
export function stepsOfBatch(
  { steps }: Pick<BuildPlan, 'steps'>,
  { first, count }: Pick<StepBatch, 'first' | 'count'>,
): StepPlan[] {
  return steps.filter(({ index }) => index >= first && index < first + count);
}

/**
 * The lines of a batch's steps so far: each begins when the one before it ends. The ids are those of steps with commands of their
 * own, so that a line that is written twice is one.
 */
export function batchLines(
  plan: Pick<BuildPlan, 'steps'>,
  batch: Pick<StepBatch, 'first' | 'count'>,
  { ended, startedAt }: { readonly ended: readonly Ended[]; readonly startedAt: Timestamp },
): TimelineEntry[] {
  let begins: Timestamp | undefined = startedAt;
  return stepsOfBatch(plan, batch).flatMap((step) => {
    if (begins === undefined) return [];
    const end = ended.find(({ index }) => index === step.index)?.at;
    const lines = [lineOf(step, 'started', begins)];
    begins = end;
    return end === undefined ? lines : [...lines, lineOf(step, 'succeeded', end)];
  });
}

function lineOf(
  { phase, name, log }: StepPlan,
  event: 'started' | 'succeeded',
  at: Timestamp,
): TimelineEntry {
  return { id: `${phase}/${name}/${event}`, at, phase, step: name, event, log };
}
