import type { ResolvedSource } from '../../../shared/model/plan.ts';
import { RUN_TAG } from '../../../shared/model/tags.ts';
import { claimedBefore, claimVersion } from '../../../shared/model/documents/version-book.ts';
import { nextVersion } from '../../../shared/model/version-number.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { type Activity } from '../activity.ts';

/**
 * The number for a claim: the one it has already, or the next one. It is entered in the definition's book before any
 * request uses it, so that no two runs of this Kiln get the same and none is given out twice, also when its version
 * failed or was deleted.
 */
export const pickVersion: Activity<'pick-version'> = async (app, { plan, target, claim, refused = [] }) => {
  const versions = await app.azure(plan.subscriptionId).galleries.versions(target.galleryImageId);
  const { image } = plan.source;
  const sourceVersion = versionIn(image);
  const existing = versions.map(({ name }) => name);
  const made = versions.filter(({ name, tags, provisioningState }) => {
    const isRefused = refused.some((one) => one === name);
    return tags[RUN_TAG] === plan.run.runId && provisioningState !== 'Deleting' && !isRefused;
  });
  const owner = `${plan.run.runId}/${target.index}/`;
  const book = await app.store.versionBooks.update(target.galleryImageId, (current) =>
    claimVersion(
      current,
      claim,
      (given) =>
        // What an earlier attempt of the run has made for this target is gone on with: it would pay for a second one.
        claimedBefore(current, owner, made) ??
        nextVersion(target.versioning, [...existing, ...given], sourceVersion, app.now()),
    ),
  );
  const version = book.claims[claim];
  if (version !== undefined) return version;
  throw new KilnError({ code: 'BrokenInvariant', message: `The claim ${claim} has no version number.` });
};

/** An ISO has no version of its own: numbering starts anew. */
function versionIn(image: ResolvedSource['image']): string {
  if (image.kind === 'iso') return '';
  return image.kind === 'marketplace' ? image.version : (image.id.split('/').at(-1) ?? '');
}
