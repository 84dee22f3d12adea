import { lastLines } from '../../../shared/planning/last-lines.ts';
import type { BuildPlan, CommandPlan, StepPlan } from '../../../shared/model/plan.ts';
import { SECOND, deadlineWithin, timestamp, isPast } from '../../../shared/model/time.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import type { Timestamp } from '../../../shared/model/documents/documents.ts';
import type { CommandOutcome, StepEnd } from '../../contract.ts';
import { note } from './build.ts';
import { call, carriedOut, type Durable, type Piece, sleep, waitFor } from '../durable.convert.ts';
import { LIMITS } from '../limits.ts';
import { runCommand } from './run-command.ts';

/** Seconds that a small command may take; an agent needs up to a minute for one that does nothing. */
const SMALL = 120;

/** Between two questions whether a machine that restarts by itself is back. */
const PAUSE = 10 * SECOND;

/** LinuxRestart and WindowsRestart. */
export function* restartStep(df: Durable, plan: BuildPlan, step: StepPlan): Piece<StepEnd> {
  yield* restartMachine(df, plan, step, 'restart');
  if (step.ownCheck === true) yield* runCheck(df, plan, step);
  return { skipped: false };
}

/**
 * Once, and not judged: Packer never looks at its exit code, and people put commands there that only print.
 * https://github.com/hashicorp/packer/blob/main/provisioner/windows-restart/provisioner.go
 */
function* runCheck(df: Durable, plan: BuildPlan, step: StepPlan): Piece<void> {
  const script = { kind: 'restart-check', index: step.index, id: 'check-0' } as const;
  const timeoutSeconds = Math.max(SMALL, step.timeoutSeconds);
  const { exitCode, timedOut, tail } = yield* small(df, plan, step, { ...script, timeoutSeconds });
  if (!timedOut && exitCode === 0) return;
  const how = timedOut ? `did not end within ${timeoutSeconds} seconds` : `ended with exit code ${exitCode}`;
  const message = `The restartCheckCommand ${how}, which fails no build: the machine has restarted. ${lastLines(tail)}`;
  yield* call(df, 'record-progress', { run: plan.run, entries: [note(df, step, 'restart-check', message)] });
}

/**
 * Restarts and proves it: the agent reports anew, and the mark that the system makes at each boot is another one.
 * Azure's word alone would not do: a restart may end without one.
 */
export function* restartMachine(df: Durable, plan: BuildPlan, step: StepPlan, id: string): Piece<void> {
  const before = yield* bootMark(df, plan, step, `${id}-before`);
  const deadline = deadlineWithin(df.currentUtcDateTime, { seconds: step.timeoutSeconds }, plan.deadline);
  if (before === undefined) throw notBack(step, 'it did not say which boot it is in');
  if (step.ownCommand === true) yield* restartFromInside(df, plan, step, id);
  else yield* restartFromOutside(df, plan, step, { id, deadline });
  for (let look = 0; ; look++) {
    const now = yield* bootMark(df, plan, step, `${id}-after-${look}`);
    if (now !== undefined && now !== before) return;
    if (step.ownCommand !== true && now === before)
      throw notBack(step, `it is still in the boot that it was in before (${before})`);
    if (isPast(deadline, df.currentUtcDateTime)) throw notBack(step, 'the time of the step is over');
    yield* sleep(df, PAUSE);
  }
}

function* restartFromOutside(
  df: Durable,
  plan: BuildPlan,
  { machine }: StepPlan,
  { id, deadline }: { id: string; deadline: Timestamp },
): Piece<void> {
  const after = timestamp(df.currentUtcDateTime);
  const onTimeout = deadline === plan.deadline ? 'BuildTimedOut' : 'CustomizerTimedOut';
  const limit = { deadline, onTimeout } as const;
  // A machine that restarts twice has restarted.
  const restart = () => call(df, 'start-restart', { plan, machine });
  yield* carriedOut(df, plan.run, restart, { ...limit, id });
  yield* waitFor(df, 'check-agent', { plan, machine, after }, { ...limit, id: `${id}-agent` });
}

/** The template's own command, started by the machine itself a moment after this has reported. */
function* restartFromInside(df: Durable, plan: BuildPlan, step: StepPlan, id: string): Piece<void> {
  const script = { kind: 'restart-command', index: step.index, id: `${id}-command` } as const;
  const { exitCode, timedOut, tail } = yield* small(df, plan, step, script);
  if (timedOut || exitCode !== 0) throw notBack(step, `its restart command could not be started: ${tail}`);
  yield* sleep(df, PAUSE);
}

/** What tells one boot from the next, in the words of the system. Undefined while the machine does not answer. */
function* bootMark(df: Durable, plan: BuildPlan, step: StepPlan, id: string): Piece<string | undefined> {
  const { exitCode, timedOut, tail } = yield* small(df, plan, step, { kind: 'boot-mark', id });
  const mark = tail.trim();
  return !timedOut && exitCode === 0 && mark !== '' ? mark : undefined;
}

function* small(
  df: Durable,
  plan: BuildPlan,
  step: StepPlan,
  {
    id,
    timeoutSeconds = SMALL,
    ...script
  }: CommandPlan['script'] & { readonly id: string; readonly timeoutSeconds?: number },
): Piece<CommandOutcome> {
  const name = `step-${String(step.index).padStart(3, '0')}-${id}`;
  const command = { machine: step.machine, name, log: `${step.log}.${id}`, timeoutSeconds, script };
  return yield* runCommand(df, plan, command, LIMITS.reportOfSmallCommand);
}

function notBack(step: StepPlan, why: string): KilnError {
  const message = `"${step.name}" did not restart the machine within ${step.timeoutSeconds} seconds: ${why}.`;
  return new KilnError({ code: 'CustomizerTimedOut', message, target: step.name });
}
