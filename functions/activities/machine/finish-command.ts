import { Buffer } from 'node:buffer';
import { MARK_BYTES, markedCode } from '../../../shared/model/exit-mark.ts';
import { preparingStep } from '../../../shared/planning/preparation.ts';
import type { BuildPlan, CommandPlan, StepBatch } from '../../../shared/model/plan.ts';
import { notesIn } from '../../../shared/guest/proof.ts';
import type { App } from '../../app.ts';
import { type Activity, operation, templateOf } from '../activity.ts';
import type { StartedOperation } from '../../../shared/ports/azure.ts';
import { followBatch, underWay } from './follow-batch.ts';
import type { BatchSeen } from '../../contract.ts';
import { stepOf } from './step-secrets.ts';
import { lastOutput } from './last-output.ts';
import { note, placeOf } from '../notes.ts';

/** What the preparation of the machine prints comes first in the log of its step. */
const HEAD = 4096;

/**
 * Removes a command, which ends its script if that runs still, and tells its last output when that is wanted.
 * https://learn.microsoft.com/azure/virtual-machines/run-command-overview
 */
export const finishCommand: Activity<'finish-command'> = async (
  app,
  { plan, command, pulse, unfinished, late },
) => {
  const { commands } = app.azure(plan.subscriptionId);
  await notePreparation(app, plan, command);
  const { machine, name } = command;
  const view = unfinished === true ? await commands.get(plan.stagingGroup, machine, name) : undefined;
  const stays = unfinished !== true && (await mayStay(app, plan, command));
  const removal: StartedOperation = stays
    ? { done: true }
    : await commands.remove(plan.stagingGroup, machine, name);
  if (pulse !== undefined) await commands.remove(plan.stagingGroup, machine, pulse);
  const end = { tail: '', removal: operation('stop the script', removal) };
  // By its log alone: the view of a machine that is gone may show less.
  const again = unfinished === true || late === true;
  const batch = again ? await followBatch(app, { plan, command }, { isOver: true }) : undefined;
  if (batch !== undefined && late === true) await noteLostOutput(app, { plan, command, batch });
  if (unfinished !== true) return end;
  const spoken = underWay(plan, command, batch);
  const tail = await lastOutput(app, plan, spoken, view);
  return { ...end, tail, ...(batch && { underWay: { log: spoken.log, label: spoken.label } }) };
};

/** Of the 25 that a machine takes; the rest is for questions to the machine, and for deprovisioning. */
const MOST_LEFT = 19;

/**
 * Whether the command may stay until its machine goes. A removal is a change of the machine, which the agent carries out
 * before it takes the next command. What a command leaves in the machine goes with the agent's folder when a Linux is
 * deprovisioned; a secret does not wait for that, and a restart or an update takes more commands than anybody can count.
 */
async function mayStay(app: App, plan: BuildPlan, { machine, script }: CommandPlan): Promise<boolean> {
  if (plan.source.osType !== 'Linux' || plan.specialized === true) return false;
  if (commandsOn(plan, machine) > MOST_LEFT) return false;
  if (script.kind === 'batch') return true;
  if (script.kind !== 'step') return false;
  const step = stepOf(await templateOf(app, plan.run), script.index);
  return step !== undefined && !('secrets' in step && step.secrets !== undefined);
}

/** At most, with every attempt; no end of them where a step restarts the machine or updates it. */
function commandsOn({ steps, batches = [] }: BuildPlan, machine: CommandPlan['machine']): number {
  const here = steps.filter((step) => step.machine === machine);
  const isIn = (batch: StepBatch, index: number) => index > batch.first && index < batch.first + batch.count;
  const own = here.filter(({ index }) => !batches.some((batch) => isIn(batch, index)));
  const each = own.map(({ kind, retry }) => (kind === 'command' ? (retry?.attempts ?? 1) : Infinity));
  return each.reduce((sum, one) => sum + one, 0);
}

/**
 * The agent's last words come before its last write now and then; they never come to a log that it has lost. It appends in one block what
 * came since its last look, and never gets over one that is refused for its length.
 * https://github.com/Azure/run-command-handler-linux
 */
async function noteLostOutput(
  app: App,
  { plan, command, batch }: { plan: BuildPlan; command: CommandPlan; batch: BatchSeen },
): Promise<void> {
  const { ref, runId } = plan.run;
  const { script } = command;
  const end = await app.store.logs.end(ref, runId, `${command.log}.out`, MARK_BYTES);
  const spoken = underWay(plan, command, batch);
  if (script.kind !== 'batch' || spoken === command || markedCode(end) !== undefined) return;
  const index = script.index + batch.ended.length;
  const place = placeOf(plan, { ...command, script: { ...script, index } });
  const message = `The VM agent had written ${batch.output.written} bytes of this step's output when it told its end; the rest, and what the steps after it in the same command printed, may be missing in their logs. The agent keeps no more of an output that comes faster than 4 MiB in 15 s: print less, or into a file.`;
  await note(app, plan.run, { ...place, topic: 'lost output' }, [message]);
}

async function notePreparation(app: App, plan: BuildPlan, command: CommandPlan): Promise<void> {
  const { script } = command;
  const prepared = preparingStep(plan);
  const isStep = script.kind === 'step' || script.kind === 'batch';
  if (!isStep || script.index !== prepared?.index) return;
  const log = script.kind === 'batch' ? prepared.log : command.log;
  const head = await app.store.logs.read(plan.run.ref, plan.run.runId, `${log}.out`, 0, HEAD);
  const said = notesIn(Buffer.from(head).toString('utf8'));
  await note(app, plan.run, { ...placeOf(plan, command), topic: 'preparation' }, said);
}
