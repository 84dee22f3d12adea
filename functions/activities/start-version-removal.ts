import { type Activity, operation } from './activity.ts';
import { artifactTags } from './start-managed-image.ts';

/** Takes away what a failed creation left. Its number stays in the book. */
export const startVersionRemoval: Activity<'start-version-removal'> = async (
  app,
  { plan, target, version },
) => {
  const { galleries } = app.azure(plan.subscriptionId);
  const tags = artifactTags(app.name, plan);
  const started = await galleries.startVersionRemoval(target.galleryImageId, version, tags);
  return operation(`delete version ${version} of ${target.galleryImageId}`, started);
};
