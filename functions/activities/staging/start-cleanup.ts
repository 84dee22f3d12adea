import { RUN_TAG } from '../../../shared/model/tags.ts';
import { isOwnResource } from '../../../shared/janitor/known.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { type Activity, operation } from '../activity.ts';

/** Deletes the staging group if the run has made it; a group of the user's is emptied of this run's resources. */
export const startCleanup: Activity<'start-cleanup'> = async (app, { plan }) => {
  const azure = app.azure(plan.subscriptionId);
  const group = await azure.groups.get(plan.stagingGroup);
  if (group === undefined) return { done: true };
  const entry = await app.store.ledger.get(plan.subscriptionId, plan.run.runId);
  // A tag that somebody put on a group of their own does not make it ours. Older runs are in no ledger.
  if (group.tags[RUN_TAG] === plan.run.runId && entry?.ownsGroup !== false) {
    return operation(
      'delete the staging group',
      await azure.groups.startRemoval(plan.stagingGroup),
      'group removal',
    );
  }
  if (!plan.keepStagingGroup) {
    const message = `The resource group ${plan.stagingGroup} lacks the tag of this run; Kiln does not delete it.`;
    throw new KilnError({ code: 'NotOurs', message, target: plan.stagingGroup });
  }
  const tagged = await azure.groups.resources(plan.stagingGroup, { name: RUN_TAG, value: plan.run.runId });
  const left = tagged.filter((id) => entry === undefined || isOwnResource(entry, id));
  // Order matters: a network cannot go while a machine is in it. What is still in use is taken at the next look.
  await Promise.allSettled(left.map((id) => azure.resources.startRemoval(id)));
  return { done: true };
};
