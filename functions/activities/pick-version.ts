import { RUN_TAG } from '../../shared/build/tags.ts';
import { nextVersion, parseVersion } from '../../shared/distribution/version-number.ts';
import { imageVersion } from '../../shared/template/convert.ts';
import { type Activity, refuseIfCanceled } from './activity.ts';

/** The number for this run: the one it took already, or the next free one. Failed versions keep their numbers. */
export const pickVersion: Activity<'pick-version'> = async (app, { plan, target }) => {
  await refuseIfCanceled(app, plan.run);
  const versions = await app.azure(plan.subscriptionId).galleries.versions(target.galleryImageId);
  const own = versions.find((version) => version.tags[RUN_TAG] === plan.run.runId);
  const ownParts = own === undefined ? undefined : parseVersion(own.name);
  if (ownParts !== undefined) return imageVersion(ownParts.join('.'));
  const { image } = plan.source;
  const sourceVersion = image.kind === 'marketplace' ? image.version : (image.id.split('/').at(-1) ?? '');
  return nextVersion(
    target.versioning,
    versions.map((version) => version.name),
    sourceVersion,
  );
};
