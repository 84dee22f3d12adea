import { MINUTE } from '../../shared/build/time.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { type Activity } from './activity.ts';

/** The writer tells its watchers; they look for themselves in case that it cannot. */
const PATIENCE = 5 * MINUTE;

/** Reads what the writer of the version saw last: twenty watchers cost Azure no more than one. */
export const checkRegion: Activity<'check-region'> = async (app, { plan, target, region, attempt }) => {
  const publication = await app.store.publications.get(plan.run.ref, plan.run.runId, target.index);
  const progress =
    publication?.attempt === attempt
      ? publication.regions.find((candidate) => candidate.region === region)
      : undefined;
  if (progress?.state === 'Completed') return { done: true, value: { timedOut: false } };
  if (progress?.state === 'TimedOut')
    return { done: true, value: { timedOut: true, ...(progress.error && { error: progress.error }) } };
  if (progress?.state === 'Failed')
    throw new KilnError(
      progress.error ?? { code: 'RegionFailed', message: `Replication to ${region} failed.`, target: region },
    );
  return { done: false, retryAfterMs: PATIENCE };
};
