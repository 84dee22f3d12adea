import type { OrchestrationContext } from 'durable-functions';
import type { BuildPlan, StepPlan } from '../../../shared/model/plan.ts';
import { SECOND } from '../../../shared/model/time.ts';
import { KilnError, type Result } from '../../../shared/errors/failure.ts';
import { SKIPPED_EXIT_CODE, SKIPPED_WORDS } from '../../../shared/guest/script.ts';
import type { CommandOutcome, Orchestrations, StepEnd } from '../../contract.ts';
import { note } from './build.ts';
import { asResult, call, type Durable, inputOf, type Piece, sleep } from '../durable.convert.ts';
import { restartStep } from './restart-step.ts';
import { runCommand } from './run-command.ts';
import { commandOf, stepFailure } from './step-command.ts';
import { installUpdates } from './windows-update.ts';

/** One customizer or validator, from its first attempt to its end. */
export function* runStep(context: OrchestrationContext): Piece<Result<StepEnd>> {
  return yield* asResult(oneStep(context.df));
}

function* oneStep(df: Durable): Piece<StepEnd> {
  const { plan, step } = inputOf<Orchestrations['run-step'][0]>(df);
  switch (step.kind) {
    case 'restart':
      return yield* restartStep(df, plan, step);
    case 'windows-update':
      return yield* installUpdates(df, plan, step);
    case 'command':
      return yield* commandStep(df, plan, step);
  }
}

function* commandStep(df: Durable, plan: BuildPlan, step: StepPlan): Piece<StepEnd> {
  const { attempts, pauseSeconds } = step.retry ?? { attempts: 1, pauseSeconds: 0 };
  for (let attempt = 0; ; attempt++) {
    const outcome = yield* runCommand(df, plan, commandOf(step, attempt));
    if (isSkip(outcome)) return { skipped: true };
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

/** Both the code and the words of our own script: a step that ends with the code by chance has failed. */
function isSkip({ exitCode, tail }: CommandOutcome): boolean {
  return exitCode === SKIPPED_EXIT_CODE && tail.includes(SKIPPED_WORDS);
}

function succeeded({ validExitCodes = [0] }: StepPlan, { timedOut, exitCode }: CommandOutcome): boolean {
  return !timedOut && validExitCodes.includes(exitCode);
}
