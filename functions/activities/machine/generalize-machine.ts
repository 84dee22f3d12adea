import { MACHINE } from '../../../shared/planning/names.ts';
import type { Activity } from '../activity.ts';

/** Marks the machine as generalized. Doing it twice changes nothing. */
export const generalizeMachine: Activity<'generalize-machine'> = async (app, { plan }) => {
  await app.azure(plan.subscriptionId).machines.generalize(plan.stagingGroup, MACHINE);
  return null;
};
