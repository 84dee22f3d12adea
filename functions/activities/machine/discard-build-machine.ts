import { type Activity, operation } from '../activity.ts';

/** A VM that could not be allocated stays behind in state Failed and blocks its name for the next size. */
export const discardBuildMachine: Activity<'discard-build-machine'> = async (app, { plan, machine }) => {
  const { machines } = app.azure(plan.subscriptionId);
  return operation('delete virtual machine', await machines.startRemoval(plan.stagingGroup, machine));
};
