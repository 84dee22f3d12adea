import type { Activity } from './activity.ts';

export const finishCommand: Activity<'finish-command'> = async (app, { plan, command }) => {
  const { commands } = app.azure(plan.subscriptionId);
  await commands.remove(plan.stagingGroup, command.machine, command.name);
  return null;
};
