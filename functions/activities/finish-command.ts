import { Buffer } from 'node:buffer';
import { preparingStep } from '../../shared/build/preparation.ts';
import type { BuildPlan, CommandPlan } from '../../shared/build/plan.ts';
import { notesIn } from '../../shared/guest/proof.ts';
import type { App } from '../app.ts';
import { type Activity, operation } from './activity.ts';
import { lastOutput } from './last-output.ts';
import { note, placeOf } from './notes.ts';

/** What the preparation of the machine prints comes first in the log of its step. */
const HEAD = 4096;

/**
 * Removes a command, which ends its script if that runs still, and tells its last output when that is wanted.
 * https://learn.microsoft.com/azure/virtual-machines/run-command-overview
 */
export const finishCommand: Activity<'finish-command'> = async (
  app,
  { plan, command, pulse, unfinished },
) => {
  const { commands } = app.azure(plan.subscriptionId);
  await notePreparation(app, plan, command);
  const { machine, name } = command;
  const view = unfinished === true ? await commands.get(plan.stagingGroup, machine, name) : undefined;
  const removal = await commands.remove(plan.stagingGroup, machine, name);
  if (pulse !== undefined) await commands.remove(plan.stagingGroup, machine, pulse);
  const tail = unfinished === true ? await lastOutput(app, plan, command, view) : '';
  return { tail, removal: operation('stop the script', removal) };
};

async function notePreparation(app: App, plan: BuildPlan, command: CommandPlan): Promise<void> {
  const { script, log } = command;
  if (script.kind !== 'step' || script.index !== preparingStep(plan)?.index) return;
  const head = await app.store.logs.read(plan.run.ref, plan.run.runId, `${log}.out`, 0, HEAD);
  const said = notesIn(Buffer.from(head).toString('utf8'));
  await note(app, plan.run, { ...placeOf(plan, command), topic: 'preparation' }, said);
}
