import type { BuildPlan, CommandPlan } from '../../shared/build/plan.ts';
import { deadlineWithin, MINUTE } from '../../shared/build/time.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { CommandOutcome } from '../activities/contract.ts';
import { asResult, call, type Durable, type Piece, waitFor } from './durable.convert.ts';

/** The agent enforces a command's own timeout; this much more covers an agent that forgets to report. */
const GRACE = 5 * MINUTE;

/**
 * One managed run command: start, watch, remove. A script that does not end is an outcome, not an error; the end of
 * the whole build is an error.
 */
export function* runCommand(
  df: Durable,
  plan: BuildPlan,
  command: CommandPlan,
  grace = GRACE,
): Piece<CommandOutcome> {
  yield* call(df, 'start-command', { plan, command });
  const own = deadlineWithin(df.currentUtcDateTime, command.timeoutSeconds * 1000 + grace, plan.deadline);
  const onTimeout = own === plan.deadline ? 'BuildTimedOut' : 'CustomizerTimedOut';
  const limit = { deadline: own, onTimeout, id: command.name } as const;
  const result = yield* asResult(waitFor(df, 'check-command', { plan, command }, limit));
  // A VM takes 25 run commands: https://learn.microsoft.com/azure/virtual-machines/run-command-overview
  yield* asResult(call(df, 'finish-command', { plan, command }));
  if (result.ok) return result.value;
  if (result.error.code !== 'CustomizerTimedOut') throw new KilnError(result.error);
  return { exitCode: -1, timedOut: true, tail: '' };
}
