import { assertLinked } from '../../shared/access/linked.ts';
import { principalOf } from '../../shared/access/of-run.ts';
import { fingerprintOf } from '../../shared/build/fingerprint.ts';
import { planInstall, withTargetGeneration } from '../../shared/build/install-plan.ts';
import { makePlan } from '../../shared/build/plan-maker.ts';
import { notCarriedOut } from '../../shared/build/not-carried-out.ts';
import { resolveSource } from '../../shared/build/resolve-source.ts';
import { timestamp } from '../../shared/build/time.ts';
import { type Activity, runOf, templateOf } from './activity.ts';
import { findDefinitions } from './definitions.ts';

/** Asks Azure everything that decides the build, before anything is created. */
export const resolvePlan: Activity<'resolve-plan'> = async (app, { startedAt, ...run }) => {
  const template = await templateOf(app, run);
  // Before anything is looked at: who asked may have lost its rights while the run waited, or the policy may be another.
  assertLinked(app.gate, await principalOf(app.store, await runOf(app, run)), template);
  const { location, ref, properties } = template;
  const { subscriptionId } = ref;
  const azure = app.azure(subscriptionId);
  const [found, definitions] = await Promise.all([
    resolveSource(azure.sources, properties.source, { subscriptionId, location }),
    findDefinitions(azure, properties),
  ]);
  const source = withTargetGeneration(found, definitions);
  const install = await planInstall(azure.sources, template, app.isoHelper);
  const plan = {
    ...makePlan({ run, startedAt, template, source, definitions }),
    ...(install && { install }),
  };
  const leftOut = notCarriedOut(properties);
  await app.store.runs.update(run.ref, run.runId, (current) => ({
    ...current,
    source: source.description,
    fingerprint: fingerprintOf(template, source.description),
    stagingGroup: plan.stagingGroup,
    ...(leftOut.length > 0 && { notCarriedOut: leftOut }),
  }));
  const notes = leftOut.map((message, index) => ({
    id: `resolve/not-carried-out/${index}`,
    at: timestamp(app.now()),
    phase: 'resolve' as const,
    event: 'note' as const,
    message,
  }));
  if (notes.length > 0) await app.store.timeline.append(run.ref, run.runId, notes);
  return plan;
};
