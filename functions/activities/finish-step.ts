import { commandName, MACHINE } from '../../shared/build/names.ts';
import type { Activity } from './activity.ts';

export const finishStep: Activity<'finish-step'> = async (app, { plan, step, attempt }) => {
  await app
    .azure(plan.subscriptionId)
    .commands.remove(plan.stagingGroup, MACHINE, commandName(step.index, attempt));
  return null;
};
