import { type Activity, operation, refuseIfCanceled } from './activity.ts';
import { versionRequest } from './start-gallery-version.ts';

/** Lets consumers of `latest` see the version, now that every region has it. */
export const promoteGalleryVersion: Activity<'promote-gallery-version'> = async (app, input) => {
  await refuseIfCanceled(app, input.plan.run);
  const { galleries } = app.azure(input.plan.subscriptionId);
  const request = await versionRequest(app, input, false);
  const started = await galleries.startVersion(input.target.galleryImageId, input.version, request);
  return operation(`promote version ${input.version}`, started);
};
