import type { OrchestrationContext } from 'durable-functions';
import { attemptLog, commandName } from '../../shared/build/names.ts';
import type { CommandPlan, StepPlan } from '../../shared/build/plan.ts';
import { SECOND } from '../../shared/build/time.ts';
import { type Failure, KilnError, type Result } from '../../shared/errors/failure.ts';
import type { CommandOutcome, Orchestrations, StepEnd } from '../activities/contract.ts';
import { note } from './build.ts';
import { asResult, call, type Durable, inputOf, type Piece, sleep } from './durable.convert.ts';
import { restartStep } from './restart-step.ts';
import { runCommand } from './run-command.ts';

/** One customizer or validator, from its first attempt to its end. */
export function* runStep(context: OrchestrationContext): Piece<Result<StepEnd>> {
  return yield* asResult(oneStep(context.df));
}

function* oneStep(df: Durable): Piece<StepEnd> {
  const { plan, step } = inputOf<Orchestrations['run-step'][0]>(df);
  if (step.kind === 'restart') return yield* restartStep(df, plan, step);
  const { attempts, pauseSeconds } = step.retry ?? { attempts: 1, pauseSeconds: 0 };
  for (let attempt = 0; ; attempt++) {
    const outcome = yield* runCommand(df, plan, commandOf(step, attempt));
    if (succeeded(step, outcome)) return { skipped: false };
    const failure = stepFailure(step, outcome);
    if (attempt + 1 >= attempts) throw new KilnError(failure);
    const again = `Attempt ${attempt + 1} of ${attempts} failed; the next one is in ${pauseSeconds} seconds.`;
    yield* call(df, 'record-progress', {
      run: plan.run,
      entries: [note(df, step, `attempt-${attempt + 1}`, `${again} ${failure.message}`)],
    });
    yield* sleep(df, pauseSeconds * SECOND);
  }
}

function commandOf(step: StepPlan, attempt: number): CommandPlan {
  return {
    machine: step.machine,
    name: commandName(step.index, attempt),
    log: attemptLog(step.log, attempt),
    timeoutSeconds: step.timeoutSeconds,
    script: { kind: 'step', index: step.index },
  };
}

function succeeded({ validExitCodes = [0] }: StepPlan, { timedOut, exitCode }: CommandOutcome): boolean {
  return !timedOut && validExitCodes.includes(exitCode);
}

function stepFailure(step: StepPlan, outcome: CommandOutcome): Failure {
  const validates = step.phase === 'validate';
  const what = `${validates ? 'Validator' : 'Customizer'} "${step.name}"`;
  const lines = outcome.tail.trimEnd().split('\n').slice(-10).join('\n');
  const said = lines === '' ? 'It printed nothing.' : `Its last output:\n${lines}`;
  if (outcome.timedOut) {
    const message = `${what} did not end within ${step.timeoutSeconds} seconds and was stopped. ${said}`;
    return { code: validates ? 'ValidationStepFailed' : 'CustomizerTimedOut', message, target: step.name };
  }
  return {
    code: validates ? 'ValidationStepFailed' : 'CustomizerFailed',
    message: `${what} ended with exit code ${outcome.exitCode}. ${said}`,
    target: step.name,
  };
}
