import { Buffer } from 'node:buffer';
import { preparingStep } from '../../shared/build/preparation.ts';
import { notesIn } from '../../shared/guest/proof.ts';
import type { Activity } from './activity.ts';
import { note, placeOf } from './notes.ts';

/** What the preparation of the machine prints comes first in the log of its step. */
const HEAD = 4096;

export const finishCommand: Activity<'finish-command'> = async (app, { plan, command }) => {
  const { commands } = app.azure(plan.subscriptionId);
  const { script, log } = command;
  if (script.kind === 'step' && script.index === preparingStep(plan)?.index) {
    const head = await app.store.logs.read(plan.run.ref, plan.run.runId, `${log}.out`, 0, HEAD);
    const said = notesIn(Buffer.from(head).toString('utf8'));
    await note(app, plan.run, { ...placeOf(plan, command), topic: 'preparation' }, said);
  }
  await commands.remove(plan.stagingGroup, command.machine, command.name);
  return null;
};
