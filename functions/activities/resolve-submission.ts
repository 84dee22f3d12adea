import { withTargetGeneration } from '../../shared/build/install-plan.ts';
import { notCarriedOut } from '../../shared/build/not-carried-out.ts';
import { readIdentities } from '../../shared/build/read-identities.ts';
import { resolveSource } from '../../shared/build/resolve-source.ts';
import { assertCompatible } from '../../shared/distribution/compatibility.ts';
import { assertVhdTargets } from '../../shared/distribution/vhd-targets.ts';
import { assertNoCircle } from '../../shared/refresh/no-circle.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { Activity } from './activity.ts';
import { findDefinitions } from './definitions.ts';

/** Looks the source up, so that a template that could never be built fails at once and not at its first run. */
export const resolveSubmission: Activity<'resolve-submission'> = async (app, { ref, revision }) => {
  const stored = await app.store.revisions.get(ref, revision);
  if (stored === undefined) {
    throw new KilnError({
      code: 'ResourceNotFound',
      message: `Revision ${revision} of template ${ref.name} is gone.`,
    });
  }
  assertVhdTargets(app.vhds, ref, stored.template.properties.distribute);
  await assertNoCircle(app.store, ref);
  const { template } = stored;
  const { properties, location } = template;
  const { subscriptionId } = ref;
  const azure = app.azure(subscriptionId);
  const [identities, resolved, definitions] = await Promise.all([
    readIdentities(azure.identities, template.identities),
    resolveSource(azure.sources, properties.source, { subscriptionId, location }),
    findDefinitions(azure, properties),
  ]);
  const source = withTargetGeneration(resolved, definitions);
  assertCompatible({ subscriptionId, template, source, definitions, now: app.now() });
  const { image } = source;
  const found = { identities, notCarriedOut: notCarriedOut(properties) };
  if (image.kind === 'iso') return found;
  return { ...found, exactVersion: image.kind === 'marketplace' ? image.version : image.id };
};
