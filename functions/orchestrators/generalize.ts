import { MACHINE } from '../../shared/build/names.ts';
import { MINUTE } from '../../shared/build/time.ts';
import { type Failure, KilnError } from '../../shared/errors/failure.ts';
import { type Planned, within } from './build.ts';
import { asResult, call, type Piece } from './durable.convert.ts';
import { runCommand } from './run-command.ts';
import { done, until } from './waits.ts';

/**
 * Deprovisioning removes the agent that would report its end, so the power state is the signal. A specialized image
 * keeps its accounts and keys: the machine is switched off as it is.
 */
export function* generalize(build: Planned): Piece<void> {
  const { df, plan } = build;
  if (plan.specialized !== true) yield* deprovision(build);
  yield* done(build, 'deallocate', 30, () => call(df, 'start-deallocate', { plan }));
  if (plan.specialized !== true) yield* call(df, 'generalize-machine', { plan });
}

function* deprovision(build: Planned): Piece<void> {
  const { df, plan } = build;
  yield* call(df, 'start-deprovision', { plan });
  const limit = within(build, 30 * MINUTE, 'GeneralizeFailed', 'power-off');
  const off = yield* asResult(until(build, 'check-power-off', { plan }, limit));
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
  const command = { machine: MACHINE, name, log: name, timeoutSeconds: 60, script };
  const told = yield* asResult(runCommand(df, plan, command, MINUTE));
  const logs = `More is in the logs ${log}.out and ${name}.out of the run.`;
  const lines = told.ok ? told.value.tail.trimEnd().split('\n').slice(-15).join('\n') : '';
  return { ...failure, message: [failure.message, lines, logs].filter((part) => part !== '').join('\n') };
}
