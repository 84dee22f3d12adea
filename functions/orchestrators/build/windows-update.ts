import type { BuildPlan, StepPlan } from '../../../shared/model/plan.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { MORE_UPDATES } from '../../../shared/guest/windows-update.ts';
import type { StepEnd } from '../../contract.ts';
import type { Durable, Piece } from '../durable.convert.ts';
import { restartMachine } from './restart-step.ts';
import { runCommand } from './run-command.ts';
import { commandOf, stepFailure } from './step-command.ts';

/** A machine with years of updates to catch up on needs five; one that still finds some after these never ends. */
const ROUNDS = 15;
const RESTART_SECONDS = 30 * 60;

/** Searches and installs in rounds, with a restart after each, until a round finds nothing. */
export function* installUpdates(df: Durable, plan: BuildPlan, step: StepPlan): Piece<StepEnd> {
  for (let round = 0; round < ROUNDS; round++) {
    const outcome = yield* runCommand(df, plan, commandOf(step, round));
    if (!outcome.timedOut && outcome.exitCode === 0) return { skipped: false };
    if (outcome.timedOut || outcome.exitCode !== MORE_UPDATES)
      throw new KilnError(stepFailure(step, outcome));
    yield* restartMachine(df, plan, { ...step, timeoutSeconds: RESTART_SECONDS }, `round-${round + 1}`);
  }
  const message = `Customizer "${step.name}" still found updates after ${ROUNDS} rounds. Its log names those that fail again and again; exclude them by a filter.`;
  throw new KilnError({ code: 'CustomizerFailed', message, target: step.name });
}
