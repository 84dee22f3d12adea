import { pauseBetweenLooks } from '../../shared/distribution/pace.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { type Activity, refuseIfCanceled } from './activity.ts';

/** Reads what the writer of the version saw last: twenty watchers cost Azure no more than one. */
export const checkRegion: Activity<'check-region'> = async (app, { plan, target, region, attempt }) => {
  await refuseIfCanceled(app, plan.run);
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
  const { since, progress: percent = 0 } = progress ?? {};
  const leg = {
    elapsedMs: since === undefined ? 0 : app.now().getTime() - Date.parse(since),
    progress: percent,
  };
  const shortest = Math.max(publication?.pauseMs ?? 0, 200);
  return { done: false, retryAfterMs: pauseBetweenLooks([leg], shortest) };
};
