import { RUN_TAG } from '../../../shared/model/tags.ts';
import { isOwnResource } from '../../../shared/janitor/known.ts';
import type { Activity } from '../activity.ts';
import { startCleanup } from './start-cleanup.ts';

/** Verifies the deletion: an operation that reports success is not proof, and a group that was not found once may be there. */
export const checkGroupGone: Activity<'check-group-gone'> = async (app, { plan }, engine) => {
  const azure = app.azure(plan.subscriptionId);
  if (!plan.keepStagingGroup) {
    const group = await azure.groups.get(plan.stagingGroup);
    if (group === undefined) return { done: true, value: null };
    if (group.provisioningState !== 'Deleting') await startCleanup(app, { plan }, engine);
    return { done: false };
  }
  const tagged = await azure.groups.resources(plan.stagingGroup, { name: RUN_TAG, value: plan.run.runId });
  const entry = await app.store.ledger.get(plan.subscriptionId, plan.run.runId);
  const left = tagged.filter((id) => entry === undefined || isOwnResource(entry, id));
  if (left.length === 0) return { done: true, value: null };
  await Promise.allSettled(left.map((id) => azure.resources.startRemoval(id)));
  return { done: false };
};
