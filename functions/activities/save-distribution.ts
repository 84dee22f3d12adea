import type { Activity } from './activity.ts';

/** Kept with the run, so that what it has built can be distributed again without building. */
export const saveDistribution: Activity<'save-distribution'> = async ({ store }, { plan, captured }) => {
  const { ref, runId } = plan.run;
  await store.distributions.put(ref, runId, { schema: 1, plan, captured });
  return null;
};
