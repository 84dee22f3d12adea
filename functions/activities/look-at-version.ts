import { isFinal, judge, newPublication } from '../../shared/distribution/publication.ts';
import { newlySettled, SETTLED, watcherOf } from '../../shared/distribution/watchers.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { type Activity } from './activity.ts';

/** One look at a version for all of its watchers, and what its writer has to do next. The same look answers the same. */
export const lookAtVersion: Activity<'look-at-version'> = async (app, input, engine) => {
  const { plan, target, version, look, attempt } = input;
  const { ref, runId } = plan.run;
  const before =
    (await app.store.publications.get(ref, runId, target.index)) ?? newPublication(version, attempt);
  const tell = (regions: readonly string[]) =>
    Promise.all(regions.map((region) => engine.tell(watcherOf(input.publisher, region), SETTLED)));
  if (before.look === look && before.move !== undefined) {
    // The process may have died before it told them.
    await tell(before.regions.filter(isFinal).map(({ region }) => region));
    return before.move;
  }
  const found = await app.azure(plan.subscriptionId).galleries.version(target.galleryImageId, version);
  if (found === undefined) {
    const message = `Version ${version} of ${target.galleryImageId} was deleted while it was replicated.`;
    throw new KilnError({ code: 'RegionFailed', message, target: target.galleryImageId });
  }
  const publication = judge({ ...before, version }, found, {
    id: look,
    attempt,
    at: app.now(),
    startedAt: input.startedAt,
    deadline: input.deadline,
    regions: input.regions,
    home: plan.location,
    promotion: target.promotion,
    excludeFromLatest: target.excludeFromLatest,
  });
  await app.store.publications.put(ref, runId, target.index, publication);
  await tell(newlySettled(before, publication));
  return publication.move ?? { do: 'end' };
};
