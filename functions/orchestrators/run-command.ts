import { lastLines } from '../../shared/build/last-lines.ts';
import type { BuildPlan, CommandPlan } from '../../shared/build/plan.ts';
import { deadlineWithin, MINUTE } from '../../shared/build/time.ts';
import { type Failure, KilnError } from '../../shared/errors/failure.ts';
import type { CommandOutcome, Output } from '../activities/contract.ts';
import { asResult, call, type Durable, finished, type Piece, waitFor } from './durable.convert.ts';

/** The agent enforces a command's own timeout; this much more covers an agent that forgets to report. */
const GRACE = 5 * MINUTE;
/** For the removal of a command whose script runs still. */
const STOP = 3 * MINUTE;

/**
 * One managed run command: start, watch, remove. A script that does not end is stopped, and an outcome, not an error;
 * the end of the whole build is an error, and so is a machine that will never report.
 */
export function* runCommand(
  df: Durable,
  plan: BuildPlan,
  command: CommandPlan,
  grace = GRACE,
): Piece<CommandOutcome> {
  const handle = yield* call(df, 'start-command', { plan, command });
  const own = deadlineWithin(df.currentUtcDateTime, command.timeoutSeconds * 1000 + grace, plan.deadline);
  const onTimeout = own === plan.deadline ? 'BuildTimedOut' : 'CustomizerTimedOut';
  const limit = { deadline: own, onTimeout, id: command.name } as const;
  const input = { plan, command, ...(handle && { handle }) };
  const result = yield* asResult(waitFor(df, 'check-command', input, limit));
  // A VM takes 25 run commands: https://learn.microsoft.com/azure/virtual-machines/run-command-overview
  const { pulse } = result.ok ? result.value : {};
  const end = result.ok ? { ...(pulse && { pulse }) } : { unfinished: true as const };
  const told = yield* asResult(call(df, 'finish-command', { plan, command, ...end }));
  if (result.ok) return result.value;
  const last = told.ok ? told.value : undefined;
  if (result.error.code === 'BuildTimedOut') throw new KilnError(outOfTime(plan, command, last?.tail ?? ''));
  if (result.error.code !== 'CustomizerTimedOut') throw new KilnError(result.error);
  if (last) yield* stopped(df, plan, command, last);
  return { exitCode: -1, timedOut: true, tail: last?.tail ?? '' };
}

/** Nothing may run beside what comes next. */
function* stopped(
  df: Durable,
  plan: BuildPlan,
  { name }: CommandPlan,
  { removal }: Output<'finish-command'>,
): Piece<void> {
  const deadline = deadlineWithin(df.currentUtcDateTime, STOP, plan.deadline);
  const limit = { deadline, onTimeout: 'CustomizerTimedOut', id: `${name}-stop` } as const;
  yield* asResult(finished(df, plan.run, removal, limit));
}

function outOfTime({ deadline, smoke }: BuildPlan, { label, log }: CommandPlan, tail: string): Failure {
  const what = label ?? `"${log}"`;
  const time = smoke === undefined ? 'the build (buildTimeoutInMinutes)' : 'the smoke boot (regionTimeout)';
  const message = `The time of ${time} was over at ${deadline} while ${what} ran. ${lastLines(tail)}`;
  return { code: 'BuildTimedOut', message, target: log };
}
