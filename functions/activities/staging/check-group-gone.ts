import { RUN_TAG } from '../../../shared/model/tags.ts';
import { isOwnResource } from '../../../shared/janitor/known.ts';
import type { Activity } from '../activity.ts';

/** Verifies the deletion: an operation that reports success is not proof. */
export const checkGroupGone: Activity<'check-group-gone'> = async (app, { plan }) => {
  const azure = app.azure(plan.subscriptionId);
  if (!plan.keepStagingGroup) {
    const group = await azure.groups.get(plan.stagingGroup);
    return group === undefined ? { done: true, value: null } : { done: false };
  }
  const tagged = await azure.groups.resources(plan.stagingGroup, { name: RUN_TAG, value: plan.run.runId });
  const entry = await app.store.ledger.get(plan.subscriptionId, plan.run.runId);
  const left = tagged.filter((id) => entry === undefined || isOwnResource(entry, id));
  if (left.length === 0) return { done: true, value: null };
  await Promise.allSettled(left.map((id) => azure.resources.startRemoval(id)));
  return { done: false };
};
