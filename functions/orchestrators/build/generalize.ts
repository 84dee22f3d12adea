import { MACHINE } from '../../../shared/planning/names.ts';
import { secondsOf } from '../../../shared/model/time.ts';
import { type Failure, KilnError } from '../../../shared/errors/failure.ts';
import { type Planned, within } from './build.ts';
import { asResult, call, type Piece } from '../durable.convert.ts';
import { runCommand } from './run-command.ts';
import { doneOrCancel, untilOrCancel } from '../waits.ts';
import { LIMITS } from '../limits.ts';

/**
 * Deprovisioning removes the agent that would report its end, so the power state is the signal. A specialized image
 * keeps its accounts and keys: the machine is switched off as it is.
 */
export function* generalize(build: Planned): Piece<void> {
  const { df, plan } = build;
  if (plan.specialized !== true) yield* deprovision(build);
  yield* doneOrCancel(build, 'deallocate', LIMITS.deallocate, () => call(df, 'start-deallocate', { plan }));
  if (plan.specialized !== true) yield* call(df, 'generalize-machine', { plan });
}

function* deprovision(build: Planned): Piece<void> {
  const { df, plan } = build;
  const handle = yield* call(df, 'start-deprovision', { plan });
  const due = handle?.done === false ? handle.due : undefined;
  const limit = within(build, LIMITS.powerOff, 'GeneralizeFailed', 'power-off');
  const off = yield* asResult(untilOrCancel(build, 'check-power-off', { plan, ...(due && { due }) }, limit));
  if (off.ok) return;
  if (off.error.code !== 'GeneralizeFailed') throw new KilnError(off.error);
  throw new KilnError(yield* diagnosed(build, off.error));
}

/** What the machine can still say: its serial console always, and a command's answer when the agent is alive. */
function* diagnosed(build: Planned, failure: Failure): Piece<Failure> {
  const { df, plan } = build;
  const log = 'deprovision-serial';
  yield* asResult(call(df, 'save-serial-log', { plan, machine: MACHINE, log }));
  const script = { kind: 'diagnose' } as const;
  const name = 'deprovision-diagnosis';
  const command = { machine: MACHINE, name, log: name, timeoutSeconds: secondsOf(LIMITS.diagnosis), script };
  const told = yield* asResult(runCommand(df, plan, command, LIMITS.diagnosis));
  const logs = `More is in the logs ${log}.out and ${name}.out of the run.`;
  const lines = told.ok ? told.value.tail.trimEnd().split('\n').slice(-15).join('\n') : '';
  return { ...failure, message: [failure.message, lines, logs].filter((part) => part !== '').join('\n') };
}
