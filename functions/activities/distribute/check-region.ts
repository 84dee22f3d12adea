import { MINUTE } from '../../../shared/model/time.ts';
import { watched } from '../../../shared/distribution/watchers.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { type Activity } from '../activity.ts';

/** The writer tells its watchers; they look for themselves in case that it cannot. */
const PATIENCE = 5 * MINUTE;

/** Reads what the writer of the version saw last: twenty watchers cost Azure no more than one. */
export const checkRegion: Activity<'check-region'> = async (app, { target, region, attempt, ...input }) => {
  const { ref, runId } = 'plan' in input ? input.plan.run : input.run;
  const publication = await app.store.publications.get(ref, runId, target.index);
  const progress =
    publication?.attempt === attempt
      ? publication.regions.find((candidate) => candidate.region === region)
      : undefined;
  const ended = watched(progress);
  if (ended?.ok === true) return { done: true, value: ended.value };
  if (ended !== undefined) throw new KilnError(ended.error);
  return { done: false, retryAfterMs: PATIENCE };
};
