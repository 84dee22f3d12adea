import { assertLinked } from '../../shared/access/linked.ts';
import { principalOf } from '../../shared/access/of-run.ts';
import { fingerprintOf } from '../../shared/build/fingerprint.ts';
import { planInstall } from '../../shared/build/install-plan.ts';
import { makePlan } from '../../shared/build/plan-maker.ts';
import type { BuildPlan } from '../../shared/build/plan.ts';
import { notCarriedOut } from '../../shared/build/not-carried-out.ts';
import { timestamp } from '../../shared/build/time.ts';
import { copyNotes } from '../../shared/distribution/copy-notes.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { planProblems } from '../../shared/planning/plan-problems.ts';
import { assertNone } from '../../shared/planning/problem.ts';
import { thing } from '../../shared/planning/world.ts';
import { resourceGroupId } from '../../shared/template/ids.ts';
import type { App } from '../app.ts';
import { type Activity, runOf, templateOf } from './activity.ts';
import { lookAround } from './look-around.ts';

/** Asks Azure everything that decides the build, before anything is created. */
export const resolvePlan: Activity<'resolve-plan'> = async (app, { startedAt, ...run }) => {
  const template = await templateOf(app, run);
  // Before anything is looked at: who asked may have lost its rights while the run waited, or the policy may be another.
  assertLinked(app.gate, await principalOf(app.store, await runOf(app, run)), template);
  const { properties, ref } = template;
  const world = await lookAround(app, template, run);
  assertNone(planProblems(template, world));
  const { source, definitions } = world;
  if (source === undefined)
    throw new KilnError({ code: 'SourceNotFound', message: 'The source was not found.' });
  const install = await planInstall(app.azure(ref.subscriptionId).sources, template, app.isoHelper);
  const sizes = thing(world.sizes);
  const plan = {
    ...makePlan({ run, startedAt, template, source, definitions, ...(sizes && { sizes }) }),
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
  const exactStagingResourceGroup = resourceGroupId({ ...ref, resourceGroup: plan.stagingGroup });
  await app.store.templates.update(ref, (head) =>
    head.activeRun === run.runId ? { ...head, exactStagingResourceGroup } : undefined,
  );
  await noteInTimeline(app, plan, [
    ...leftOut.map((message, index) => ({ id: `resolve/not-carried-out/${index}`, message })),
    ...copyNotes(plan).map((message, index) => ({ id: `resolve/copy/${index}`, message })),
  ]);
  return plan;
};

async function noteInTimeline(
  app: App,
  { run }: BuildPlan,
  notes: readonly { id: string; message: string }[],
): Promise<void> {
  if (notes.length === 0) return;
  const at = timestamp(app.now());
  const entries = notes.map((note) => ({ ...note, at, phase: 'resolve', event: 'note' }) as const);
  await app.store.timeline.append(run.ref, run.runId, entries);
}
