import { type Activity, operation } from './activity.ts';
import { lastOutput } from './last-output.ts';

/**
 * Removes a command, which ends its script if that runs still, and tells its last output when that is wanted.
 * https://learn.microsoft.com/azure/virtual-machines/run-command-overview
 */
export const finishCommand: Activity<'finish-command'> = async (
  app,
  { plan, command, pulse, unfinished },
) => {
  const { commands } = app.azure(plan.subscriptionId);
  const { machine, name } = command;
  const view = unfinished === true ? await commands.get(plan.stagingGroup, machine, name) : undefined;
  const removal = await commands.remove(plan.stagingGroup, machine, name);
  if (pulse !== undefined) await commands.remove(plan.stagingGroup, machine, pulse);
  const tail = unfinished === true ? await lastOutput(app, plan, command, view) : '';
  return { tail, removal: operation('stop the script', removal) };
};
