import { KilnError } from '../../shared/errors/failure.ts';
import { type Activity, refuseIfCanceled } from './activity.ts';

export const checkRegion: Activity<'check-region'> = async (app, { plan, target, version, region }) => {
  await refuseIfCanceled(app, plan.run);
  const found = await app.azure(plan.subscriptionId).galleries.version(target.galleryImageId, version);
  if (found === undefined) {
    throw new KilnError({
      code: 'RegionFailed',
      message: `Version ${version} was deleted while it was replicated.`,
      target: region,
    });
  }
  const status = found.regions.find((candidate) => candidate.region === region);
  if (status?.state === 'Completed') return { done: true, value: null };
  if (status?.state === 'Failed') {
    throw new KilnError({
      code: 'RegionFailed',
      message: `Replication to ${region} failed: ${status.details || 'Azure gave no reason'}.`,
      target: region,
    });
  }
  return { done: false, ...(found.retryAfterMs !== undefined && { retryAfterMs: found.retryAfterMs }) };
};
