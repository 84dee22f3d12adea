import type { Activity } from '../activity.ts';

/** Whether a version whose operation failed is of use all the same: one bad region fails the operation of all. */
export const salvageVersion: Activity<'salvage-version'> = async (app, { plan, target, version }) => {
  const found = await app.azure(plan.subscriptionId).galleries.version(target.galleryImageId, version);
  const states = found?.regions.map(({ state }) => state) ?? [];
  return { usable: states.includes('Completed') || states.includes('Replicating') };
};
