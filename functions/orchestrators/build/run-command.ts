import { lastLines } from '../../../shared/planning/last-lines.ts';
import type { BuildPlan, CommandPlan } from '../../../shared/model/plan.ts';
import { deadlineWithin, type Duration } from '../../../shared/model/time.ts';
import { type Failure, KilnError } from '../../../shared/errors/failure.ts';
import type { CommandOutcome, Output } from '../../contract.ts';
import { asResult, call, type Durable, finished, type Piece, waitFor } from '../durable.convert.ts';
import { LIMITS } from '../limits.ts';

/**
 * One managed run command: start, watch, remove. A script that does not end is stopped, and an outcome, not an error;
 * the end of the whole build is an error, and so is a machine that will never report.
 */
export function* runCommand(
  df: Durable,
  plan: BuildPlan,
  command: CommandPlan,
  grace: Duration = LIMITS.reportOfCommand,
): Piece<CommandOutcome> {
  const handle = yield* call(df, 'start-command', { plan, command });
  const time = { ...grace, seconds: command.timeoutSeconds };
  const own = deadlineWithin(df.currentUtcDateTime, time, plan.deadline);
  const onTimeout = own === plan.deadline ? 'BuildTimedOut' : 'CustomizerTimedOut';
  const limit = { deadline: own, onTimeout, id: command.name } as const;
  const input = { plan, command, ...(handle && { handle }) };
  const result = yield* asResult(waitFor(df, 'check-command', input, limit));
  // A VM takes 25 run commands: https://learn.microsoft.com/azure/virtual-machines/run-command-overview
  const { pulse, batch } = result.ok ? result.value : {};
  const more = { ...(pulse && { pulse }), ...(batch?.late && { late: batch.late }) };
  const end = result.ok ? more : { unfinished: true as const };
  const told = yield* asResult(call(df, 'finish-command', { plan, command, ...end }));
  if (result.ok) return result.value;
  const last = told.ok ? told.value : undefined;
  const spoken = { ...command, ...last?.underWay };
  if (result.error.code === 'BuildTimedOut') throw new KilnError(outOfTime(plan, spoken, last?.tail ?? ''));
  if (result.error.code !== 'CustomizerTimedOut') throw new KilnError(ofStep(result.error, last));
  if (last) yield* stopped(df, plan, command, last);
  return { exitCode: -1, timedOut: true, tail: last?.tail ?? '' };
}

/** Of a batch, whose failures belong to one of its steps. Who has found it may know that better than the log does now. */
function ofStep(failure: Failure, last: Output<'finish-command'> | undefined): Failure {
  if (failure.target !== undefined || last?.underWay === undefined) return failure;
  return { ...failure, target: last.underWay.log };
}

/** Nothing may run beside what comes next. */
function* stopped(
  df: Durable,
  plan: BuildPlan,
  { name }: CommandPlan,
  { removal }: Output<'finish-command'>,
): Piece<void> {
  const deadline = deadlineWithin(df.currentUtcDateTime, LIMITS.commandRemoval, plan.deadline);
  const limit = { deadline, onTimeout: 'CustomizerTimedOut', id: `${name}-stop` } as const;
  yield* asResult(finished(df, plan.run, removal, limit));
}

function outOfTime({ deadline, smoke }: BuildPlan, { label, log }: CommandPlan, tail: string): Failure {
  const what = label ?? `"${log}"`;
  const time = smoke === undefined ? 'the build (buildTimeoutInMinutes)' : 'the smoke boot (regionTimeout)';
  const message = `The time of ${time} was over at ${deadline} while ${what} ran. ${lastLines(tail)}`;
  return { code: 'BuildTimedOut', message, target: log };
}
