import { pinScripts } from '../../../shared/template/pin-scripts.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import type { Activity } from '../activity.ts';

/** Fetches every script and file once and keeps the copies by content: later runs do not depend on the URLs. */
export const pinScriptsOnce: Activity<'pin-scripts'> = async (app, { ref, revision }) => {
  const stored = await app.store.revisions.get(ref, revision);
  if (stored === undefined) {
    throw new KilnError({
      code: 'ResourceNotFound',
      message: `Revision ${revision} of template ${ref.name} is gone.`,
    });
  }
  const template = await pinScripts(stored.template, app.download, app.store.artifacts);
  await app.store.revisions.put(ref, { ...stored, template });
  return null;
};
