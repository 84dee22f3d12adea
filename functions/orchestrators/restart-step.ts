import type { BuildPlan, CommandPlan, StepPlan } from '../../shared/build/plan.ts';
import { deadlineWithin, MINUTE, SECOND, timestamp } from '../../shared/build/time.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { StepEnd } from '../activities/contract.ts';
import { call, type Durable, finished, type Piece, waitFor } from './durable.convert.ts';
import { runCommand } from './run-command.ts';

/** Seconds that reading the boot mark may take; an agent needs up to a minute for a command that does nothing. */
const MARK_TIMEOUT = 120;

/**
 * Restarts the machine from outside and proves it: the agent reports anew, and the mark that the system makes at each
 * boot is another one. Azure's word alone would not do: a restart may end without one.
 */
export function* restartStep(df: Durable, plan: BuildPlan, step: StepPlan): Piece<StepEnd> {
  const before = yield* bootMark(df, plan, step, 'before');
  const after = timestamp(df.currentUtcDateTime);
  const limit = {
    deadline: deadlineWithin(df.currentUtcDateTime, step.timeoutSeconds * SECOND, plan.deadline),
    onTimeout: 'CustomizerTimedOut',
  } as const;
  const onMachine = { plan, machine: step.machine };
  const restart = yield* call(df, 'start-restart', onMachine);
  yield* finished(df, plan.run, restart, { ...limit, id: 'restart' });
  yield* waitFor(df, 'check-agent', { ...onMachine, after }, { ...limit, id: 'agent' });
  if ((yield* bootMark(df, plan, step, 'after')) !== before) return { skipped: false };
  const message = `"${step.name}" restarted the machine, and it is still in the boot that it was in before (${before}).`;
  throw new KilnError({ code: 'CustomizerFailed', message, target: step.name });
}

/** What tells one boot from the next, in the words of the system. */
export function* bootMark(df: Durable, plan: BuildPlan, step: StepPlan, when: string): Piece<string> {
  const command: CommandPlan = {
    machine: step.machine,
    name: `boot-${step.index}-${when}`,
    log: `${step.log}.boot-${when}`,
    timeoutSeconds: MARK_TIMEOUT,
    script: { kind: 'boot-mark' },
  };
  const { exitCode, timedOut, tail } = yield* runCommand(df, plan, command, MINUTE);
  const mark = tail.trim();
  if (!timedOut && exitCode === 0 && mark !== '') return mark;
  const message = `The machine did not say which boot it is in (exit code ${exitCode}): ${mark}`;
  throw new KilnError({ code: 'CustomizerFailed', message, target: step.name });
}
