import { giveSlotBack } from '../../../shared/commands/slots.ts';
import type { Activity } from '../activity.ts';

/**
 * Kept with the run, so that what it has built can be distributed again without building. What builds is done with: its
 * slot goes to the next, because a distribution may take hours, and waits for people, without a machine at work.
 */
export const saveDistribution: Activity<'save-distribution'> = async (
  { store, limits },
  { plan, captured },
  engine,
) => {
  const { ref, runId } = plan.run;
  await store.distributions.put(ref, runId, { schema: 1, plan, captured });
  await engine.wake(await giveSlotBack(store, runId, limits));
  return null;
};
