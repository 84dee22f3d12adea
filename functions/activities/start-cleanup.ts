import { RUN_TAG } from '../../shared/build/tags.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { type Activity, operation } from './activity.ts';

/** Deletes the staging group if it carries this run's tag; a group of the user's is emptied of this run's resources. */
export const startCleanup: Activity<'start-cleanup'> = async (app, { plan }) => {
  const azure = app.azure(plan.subscriptionId);
  const group = await azure.groups.get(plan.stagingGroup);
  if (group === undefined) return { done: true };
  if (group.tags[RUN_TAG] === plan.run.runId) {
    return operation('delete the staging group', await azure.groups.startRemoval(plan.stagingGroup));
  }
  if (!plan.keepStagingGroup) {
    const message = `The resource group ${plan.stagingGroup} lacks the tag of this run; Kiln does not delete it.`;
    throw new KilnError({ code: 'NotOurs', message, target: plan.stagingGroup });
  }
  const left = await azure.groups.resources(plan.stagingGroup, { name: RUN_TAG, value: plan.run.runId });
  // Order matters: a network cannot go while a machine is in it. What is still in use is taken at the next look.
  await Promise.allSettled(left.map((id) => azure.resources.startRemoval(id)));
  return { done: true };
};
