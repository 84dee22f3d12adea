import type { StepPlan } from '../../shared/build/plan.ts';
import type { TimelineEntry } from '../../shared/store/documents.ts';
import type { StepEnd } from '../activities/contract.ts';
import { type Planned, record, stepEntry } from './build.ts';
import { begin, failureOf, type Piece, unlessCanceled } from './durable.convert.ts';

/** The steps of a phase in order; the first that fails ends the phase, and those after it do not run. */
export function* runSteps(build: Planned, phase: StepPlan['phase']): Piece<void> {
  for (const step of build.plan.steps.filter((candidate) => candidate.phase === phase)) {
    yield* record(build, [ofStep(build, step, 'started')]);
    try {
      const { skipped } = yield* oneStep(build, step);
      build.unsaid.push(ofStep(build, step, skipped ? 'skipped' : 'succeeded'));
    } catch (error) {
      yield* record(build, [ofStep(build, step, 'failed', failureOf(error).message)]);
      throw error;
    }
  }
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
