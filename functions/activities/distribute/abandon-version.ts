import { isFinal, newPublication } from '../../../shared/distribution/publication.ts';
import { SETTLED, watcherOf } from '../../../shared/distribution/watchers.ts';
import type { RegionProgress } from '../../../shared/model/documents/documents.ts';
import type { Activity } from '../activity.ts';

/** Tells the watchers that nobody looks at the version any more. */
export const abandonVersion: Activity<'abandon-version'> = async (app, input, engine) => {
  const { plan, target, version, attempt, failure } = input;
  const { ref, runId } = plan.run;
  const before =
    (await app.store.publications.get(ref, runId, target.index)) ?? newPublication(version, attempt);
  const known = before.attempt === attempt ? before.regions : [];
  const regions = input.regions.map((region) => {
    const progress: RegionProgress = known.find((one) => one.region === region) ?? {
      region,
      state: 'Waiting',
      repairs: 0,
    };
    return isFinal(progress) ? progress : { ...progress, state: 'Failed' as const, error: failure };
  });
  await app.store.publications.put(ref, runId, target.index, { ...before, attempt, regions });
  await Promise.all(input.regions.map((region) => engine.tell(watcherOf(input.publisher, region), SETTLED)));
  return null;
};
