import type { OrchestrationContext } from 'durable-functions';
import type { StepPlan } from '../../shared/build/plan.ts';
import { deadlineWithin, MINUTE } from '../../shared/build/time.ts';
import { type Failure, KilnError, type Result } from '../../shared/errors/failure.ts';
import type { Orchestrations, StepOutcome } from '../activities/contract.ts';
import { asResult, call, type Durable, inputOf, type Piece, waitFor } from './durable.convert.ts';

/** One customizer or validator as a managed run command: start, watch, judge, remove. */
export function* runStep(context: OrchestrationContext): Piece<Result<null>> {
  return yield* asResult(oneStep(context.df));
}

function* oneStep(df: Durable): Piece<null> {
  const { plan, step } = inputOf<Orchestrations['run-step'][0]>(df);
  const onStep = { plan, step, attempt: 0 };
  yield* call(df, 'start-step', onStep);
  // The agent enforces the step's own timeout; five minutes more cover an agent that forgets to report.
  const own = deadlineWithin(df.currentUtcDateTime, step.timeoutSeconds * 1000 + 5 * MINUTE, plan.deadline);
  const onTimeout = own === plan.deadline ? 'BuildTimedOut' : 'CustomizerTimedOut';
  const outcome = yield* waitFor(df, 'check-step', onStep, { deadline: own, onTimeout, id: 'watch' });
  // A VM takes 25 run commands: https://learn.microsoft.com/azure/virtual-machines/run-command-overview
  yield* asResult(call(df, 'finish-step', onStep));
  if (outcome.timedOut || outcome.exitCode !== 0) throw new KilnError(stepFailure(step, outcome));
  return null;
}

function stepFailure(step: StepPlan, outcome: StepOutcome): Failure {
  const what = step.phase === 'validate' ? 'Validator' : 'Customizer';
  const lines = outcome.tail.trimEnd().split('\n').slice(-10).join('\n');
  const said = lines === '' ? 'It printed nothing.' : `Its last output:\n${lines}`;
  if (outcome.timedOut) {
    const message = `${what} "${step.name}" did not end within ${step.timeoutSeconds} seconds and was stopped. ${said}`;
    return { code: 'CustomizerTimedOut', message, target: step.name };
  }
  const code = step.phase === 'validate' ? 'ValidationStepFailed' : 'CustomizerFailed';
  return {
    code,
    message: `${what} "${step.name}" ended with exit code ${outcome.exitCode}. ${said}`,
    target: step.name,
  };
}
