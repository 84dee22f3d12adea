import { createHash } from 'node:crypto';
import type { CommandPlan } from '../../../shared/model/plan.ts';
import type { CommandView, MachineView } from '../../../shared/ports/azure.ts';
import { later, MINUTE, SECOND, timestamp } from '../../../shared/model/time.ts';
import { type Failure, KilnError } from '../../../shared/errors/failure.ts';
import { MARK_BYTES, markedCode } from '../../../shared/model/exit-mark.ts';
import { startedAnew } from '../../../shared/guest/console.ts';
import { bootedSince, pulse, readPulse } from '../../../shared/guest/watched.ts';
import type { Timestamp } from '../../../shared/model/documents/documents.ts';
import type { App } from '../../app.ts';
import type { CommandOutcome, Input, Seen } from '../../contract.ts';
import { followBatch } from './follow-batch.ts';
import { tailOf } from './judge-command.ts';
import { lastLogged, lastOutput } from './last-output.ts';
import { agentLost, osOf, restarted, stopped } from './lost-machine.ts';
import { stagingTags } from '../resources.ts';

/** Silence after which the machine is looked at, and the pauses between two questions: growing, and bounded. */
const PAUSES = [10, 15, 20].map((seconds) => seconds * SECOND);
/** A command whose script has said that it ended is believed when its state has stood still for so long. */
const STALE = MINUTE;
/**
 * An agent that updates itself is away for less, and so is one whose machine restarts: the script is asked then. With the looks before
 * it, the end is told within three minutes, on a busy machine too.
 */
const AGENT_PATIENCE = 2 * MINUTE;
const PULSE_SECONDS = 60;
/** While something is wrong, or an answer is awaited. */
const SOON = 10 * SECOND;

type Watching = Input<'check-command'> & {
  /** Log of the whole command, which ends with the mark. */
  readonly whole: string;
  /** What an agent that has fallen silent is told of. */
  readonly silent: CommandPlan;
  readonly app: App;
  readonly view: CommandView;
  readonly now: Date;
};
type Step = { readonly seen: Seen; readonly outcome?: CommandOutcome; readonly retryAfterMs?: number };

/**
 * A run command whose machine restarts, stops or loses its agent stays in Running for ever. While the output stands
 * still, each look at it asks one thing more: the machine, then the script itself by a command beside it. What moves is
 * not asked. Throws when nothing will come any more.
 * https://learn.microsoft.com/azure/virtual-machines/linux/run-command-managed
 */
export async function watchMachine(watching: Watching): Promise<Step> {
  const { view, now, seen: before } = watching;
  const state = fingerprint(view);
  if (before === undefined) {
    const at = timestamp(now);
    return { seen: { state, since: at, movedAt: at, askAt: after(now, 0), turn: 'machine', rounds: 0 } };
  }
  if (state === before.state && now.getTime() < Date.parse(before.askAt)) return { seen: before };
  if (before.pulse?.answered === true || (state !== before.state && before.pulse !== undefined))
    return { seen: await forget(watching, moved(before, state, now)) };
  if (state !== before.state) return { seen: moved(before, state, now) };
  if (before.turn === 'machine') return lookAtMachine(watching, before);
  return before.turn === 'script' ? lookAtScript(watching, before) : lookAtLog(watching, before);
}

function moved(before: Seen, state: string, now: Date): Seen {
  if (state === before.state) return before;
  const { agentAwaySince: _, ...rest } = before;
  return { ...rest, state, movedAt: timestamp(now), askAt: after(now, 0), turn: 'machine', rounds: 0 };
}

function fingerprint({ provisioningState, executionState, output, error }: CommandView): string {
  const text = JSON.stringify([provisioningState, executionState, output, error]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}

function after(now: Date, rounds: number): Timestamp {
  return timestamp(later(now, PAUSES[rounds] ?? 20 * SECOND));
}

function next(now: Date, seen: Seen, turn: Seen['turn']): Seen {
  return { ...seen, turn, rounds: seen.rounds + 1, askAt: after(now, seen.rounds + 1) };
}

async function lookAtMachine(watching: Watching, seen: Seen): Promise<Step> {
  const { app, plan, command, view, now } = watching;
  const looked = await passing(
    app.azure(plan.subscriptionId).machines.get(plan.stagingGroup, command.machine).then(asFound),
  );
  if (looked === undefined) return { seen: next(now, seen, 'script') };
  const { machine } = looked;
  if (machine === undefined || machine.power === 'stopped' || machine.power === 'deallocated')
    throw new KilnError(stopped(command, await lastOutput(app, plan, command, view), machine));
  const { agentAwaySince, ...rest } = seen;
  if (machine.agent?.ready === true || machine.power !== 'running')
    return { seen: next(now, rest, 'script') };
  const since = agentAwaySince ?? timestamp(now);
  if (now.getTime() - Date.parse(since) >= AGENT_PATIENCE)
    throw new KilnError(await lost(watching, seen, since));
  const askAt = timestamp(later(now, SOON));
  return { seen: { ...rest, agentAwaySince: since, askAt }, retryAfterMs: SOON };
}

/** An agent that is away for long may be one whose machine starts slowly: then the restart is the cause. */
async function lost(watching: Watching, seen: Seen, since: Timestamp): Promise<Failure> {
  const { app, plan, command, whole, silent, view } = watching;
  const osType = osOf(plan, command);
  const { machines } = app.azure(plan.subscriptionId);
  const serial =
    osType === 'Windows' ? '' : await passing(machines.serialLog(plan.stagingGroup, command.machine));
  if (startedAnew(serial ?? '', command.name))
    return restarted(command, await lastOutput(app, plan, command, view), osType, undefined);
  // The view stands still without the agent, and the log goes on.
  const batch = { plan, command: { ...command, log: whole } };
  await followBatch(app, batch, { seen: seen.batch, isOver: true });
  return agentLost(silent, await lastLogged(app, plan, silent), since);
}

function asFound(machine: MachineView | undefined): { readonly machine: MachineView | undefined } {
  return { machine };
}

/** Asks the machine by a command of its own, then reads the answer. What cannot be asked now is asked later. */
async function lookAtScript(watching: Watching, seen: Seen): Promise<Step> {
  const { now } = watching;
  const told = await passing(
    seen.pulse === undefined ? ask(watching, seen) : readAnswer(watching, seen, seen.pulse.name),
  );
  return told ?? { seen: next(now, seen, 'machine') };
}

async function ask({ app, plan, command, now }: Watching, seen: Seen): Promise<Step> {
  const name = `${command.name}-pulse-${seen.rounds}`;
  await app.azure(plan.subscriptionId).commands.start(plan.stagingGroup, command.machine, name, {
    location: plan.location,
    tags: await stagingTags(app, plan),
    source: { script: pulse(osOf(plan, command), command.name).text },
    parameters: {},
    protectedParameters: {},
    timeoutSeconds: PULSE_SECONDS,
  });
  const asked = { pulse: { name, answered: false }, rounds: seen.rounds + 1 };
  return { seen: { ...seen, ...asked, askAt: timestamp(later(now, SOON)) }, retryAfterMs: SOON };
}

async function readAnswer(watching: Watching, seen: Seen, name: string): Promise<Step> {
  const { app, plan, command, view, now } = watching;
  const told = await app.azure(plan.subscriptionId).commands.get(plan.stagingGroup, command.machine, name);
  const answer = readPulse(told?.output ?? '');
  if (answer === undefined && told !== undefined && told.executionState !== 'Failed')
    // A machine that runs one command after another answers when the script has ended.
    return { seen: next(now, seen, isStale(seen, now) ? 'log' : 'machine'), retryAfterMs: SOON };
  const heard: Seen = { ...seen, pulse: { name, answered: true } };
  if (answer === undefined || answer.script === 'running') return { seen: next(now, heard, 'machine') };
  const startedAt = view.startedAt ?? new Date(seen.since);
  if (bootedSince(answer, startedAt))
    throw new KilnError(
      restarted(command, await lastOutput(app, plan, command, view), osOf(plan, command), answer.bootedAt),
    );
  return { seen: { ...next(now, heard, 'log'), gone: answer.script } };
}

async function forget({ app, plan, command }: Watching, seen: Seen): Promise<Seen> {
  const { pulse: asked, ...rest } = seen;
  if (asked !== undefined)
    await passing(
      app.azure(plan.subscriptionId).commands.remove(plan.stagingGroup, command.machine, asked.name),
    );
  return rest;
}

/** The script has said itself that it ended, or its process is gone, and the agent has reported neither for a while. */
async function lookAtLog({ app, plan, whole, view, now }: Watching, seen: Seen): Promise<Step> {
  if (!isStale(seen, now)) return { seen: { ...seen, askAt: timestamp(later(now, SOON)) } };
  const { ref, runId } = plan.run;
  const exitCode = markedCode(await app.store.logs.end(ref, runId, `${whole}.out`, MARK_BYTES));
  const { gone, ...rest } = next(now, seen, 'machine');
  const end = { timedOut: false, tail: tailOf(view) };
  if (exitCode !== undefined) return { seen: rest, outcome: { ...end, exitCode } };
  return gone === 'dead' ? { seen: rest, outcome: { ...end, exitCode: -1, killed: true } } : { seen: rest };
}

/** Undefined when Azure does not answer now: a question more must not end a step that runs. */
async function passing<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof KilnError && error.failure.code.startsWith('Azure')) return undefined;
    throw error;
  }
}

function isStale(seen: Seen, now: Date): boolean {
  return now.getTime() - Date.parse(seen.movedAt) > STALE;
}
