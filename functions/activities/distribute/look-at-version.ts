import { repeatLostRace } from '../../../shared/ports/lost-race.ts';
import { isFinal, isNews, judge, newPublication } from '../../../shared/distribution/publication.ts';
import { newlySettled, SETTLED, watched, watcherOf } from '../../../shared/distribution/watchers.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import type { RegionProgress } from '../../../shared/model/documents/documents.ts';
import { type Activity } from '../activity.ts';

/** One look at a version for all of its watchers, and what its writer has to do next. The same look answers the same. */
export const lookAtVersion: Activity<'look-at-version'> = (app, input, engine) =>
  repeatLostRace(false, () => lookOnce(app, input, engine), { what: 'The state of the version' });

const lookOnce: Activity<'look-at-version'> = async (app, input, engine) => {
  const { plan, target, version, look, attempt } = input;
  const { ref, runId } = plan.run;
  const stored = await app.store.publications.recall(ref, runId, target.index);
  const before = stored?.value ?? newPublication(version, attempt);
  // With what they wait for, so that twenty of them need not read it again.
  const tell = (regions: readonly RegionProgress[]) =>
    Promise.all(
      regions.map((one) => engine.tell(watcherOf(input.publisher, one.region), SETTLED, watched(one))),
    );
  if (before.look === look && before.move !== undefined) {
    // The process may have died before it told them.
    await tell(before.regions.filter(isFinal));
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
  const unless = stored === undefined ? 'absent' : { etag: stored.etag };
  if (isNews(before, publication))
    await app.store.publications.put(ref, runId, target.index, publication, unless);
  await tell(newlySettled(before, publication));
  return publication.move ?? { do: 'end' };
};
