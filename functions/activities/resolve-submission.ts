import { assertBuildable } from '../../shared/build/buildable.ts';
import { resolveSource } from '../../shared/build/resolve-source.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { Activity } from './activity.ts';

/** Looks the source up, so that a template that could never be built fails at once and not at its first run. */
export const resolveSubmission: Activity<'resolve-submission'> = async (app, { ref, revision }) => {
  const stored = await app.store.revisions.get(ref, revision);
  if (stored === undefined) {
    throw new KilnError({
      code: 'ResourceNotFound',
      message: `Revision ${revision} of template ${ref.name} is gone.`,
    });
  }
  assertBuildable(stored.template);
  const { properties, location } = stored.template;
  const { subscriptionId } = ref;
  const { sources } = app.azure(subscriptionId);
  const source = await resolveSource(sources, properties.source, { subscriptionId, location });
  return { exactVersion: source.image.kind === 'marketplace' ? source.image.version : source.image.id };
};
