import { RUN_TAG } from '../../shared/build/tags.ts';
import type { Activity } from './activity.ts';
import { stagingTags } from './resources.ts';

/**
 * Moves the expiry of what is kept after a failure: the janitor takes it then, not before. In a group of the user's
 * the VMs carry the expiry, in a group of the run's own the group does as well.
 */
export const keepMachines: Activity<'keep-machines'> = async (app, { plan, until }) => {
  const { groups, machines } = app.azure(plan.subscriptionId);
  const tags = await stagingTags(app, plan, until);
  for (const machine of ['build', 'validate'] as const) {
    const view = await machines.get(plan.stagingGroup, machine);
    if (view?.tags[RUN_TAG] === plan.run.runId) await machines.tag(plan.stagingGroup, machine, tags);
  }
  const group = await groups.get(plan.stagingGroup);
  if (group?.tags[RUN_TAG] !== plan.run.runId) return null;
  await groups.put(plan.stagingGroup, group.location, tags);
  return null;
};
