import { artifactTags } from '../../../shared/model/tags.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { type Activity, operation } from '../activity.ts';

/** Takes away what a failed or canceled creation left, unless `latest` can name it. Its number stays in the book. */
export const startVersionRemoval: Activity<'start-version-removal'> = async (
  app,
  { plan, target, version },
) => {
  const { galleries } = app.azure(plan.subscriptionId);
  const existing = await galleries.version(target.galleryImageId, version);
  // Before a region has it, nobody can have met it.
  const isThere = existing?.regions.some(({ state }) => state === 'Completed') === true;
  if (isThere && !existing.excludeFromLatest)
    throw new KilnError({ code: 'NotOurs', message: `Version ${version} is promoted already; it stays.` });
  const tags = artifactTags(app.name, plan);
  const started = await galleries.startVersionRemoval(target.galleryImageId, version, tags);
  return operation(`delete version ${version} of ${target.galleryImageId}`, started, 'version removal');
};
