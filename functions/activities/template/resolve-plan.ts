import { staged } from '../../../shared/model/documents/head.ts';
import { planned } from '../../../shared/model/documents/run.ts';
import { assertLinked } from '../../../shared/access/linked.ts';
import { principalOf } from '../../../shared/access/of-run.ts';
import { fingerprintOf } from '../../../shared/planning/fingerprint.ts';
import { planInstall } from '../../../shared/planning/install-plan.ts';
import { makePlan } from '../../../shared/planning/plan-maker.ts';
import { markedSteps, sentenceOf } from '../../../shared/planning/checkpoints.ts';
import { declaredParameters } from '../../../shared/planning/declared-parameters.ts';
import type { BuildPlan, RunContext } from '../../../shared/model/plan.ts';
import { notCarriedOut } from '../../../shared/planning/not-carried-out.ts';
import { timestamp } from '../../../shared/model/time.ts';
import { copyNotes } from '../../../shared/targets/copy-notes.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { planProblems } from '../../../shared/planning/plan-problems.ts';
import { assertNone } from '../../../shared/model/problem.ts';
import { foreignUsages, wishOf } from '../../../shared/planning/cores.ts';
import { NO_SLOTS } from '../../../shared/planning/slots.ts';
import { thing } from '../../../shared/model/seen.ts';
import type { World } from '../../../shared/planning/world.ts';
import { takeCores } from '../../../shared/commands/slots.ts';
import type { Slots } from '../../../shared/model/documents/documents.ts';
import type { ImageTemplate } from '../../../shared/model/template.ts';
import { resourceGroupId } from '../../../shared/model/ids.ts';
import type { App } from '../../app.ts';
import { type Activity, glanceAt, templateOf } from '../activity.ts';
import { lookAround } from './look-around.ts';

/** Asks Azure everything that decides the build, before anything is created. */
export const resolvePlan: Activity<'resolve-plan'> = async (app, { startedAt, ...run }) => {
  const template = await templateOf(app, run);
  // Before anything is looked at: who asked may have lost its rights while the run waited, or the policy may be another.
  assertLinked(app.gate, await principalOf(app.store, await glanceAt(app, run)), template);
  const { properties, ref } = template;
  const around = await lookAround(app, template, run);
  const { world, slots } = await withoutOwnUse(app, template, around);
  assertNone(planProblems(template, world));
  const { source, definitions } = world;
  if (source === undefined)
    throw new KilnError({ code: 'SourceNotFound', message: 'The source was not found.' });
  const install = await planInstall(app.azure(ref.subscriptionId).sources, template, app.isoHelper);
  const sizes = thing(world.sizes);
  const keeping = await keepingOf(app, template, run);
  const { hygieneBoot } = app;
  const known = { run, startedAt, template, source, definitions, ...(sizes && { sizes }) };
  const plan = { ...makePlan({ ...known, hygieneBoot, ...keeping }), ...(install && { install }) };
  const wish = coresOf(plan, world.sizes);
  const usages = thing(around.usages) ?? [];
  if (wish !== undefined && !(await takeCores(app.store, run, (slots) => wishOf(wish, usages, slots))))
    return { inUse: wishOf(wish, usages, slots) };
  const leftOut = notCarriedOut(properties);
  const decided = {
    source: source.description,
    fingerprint: fingerprintOf(template, source.description),
    stagingGroup: plan.stagingGroup,
    notCarriedOut: leftOut,
  };
  await app.store.runs.update(run.ref, run.runId, (current) => planned(current, decided));
  const group = resourceGroupId({ ...ref, resourceGroup: plan.stagingGroup });
  await app.store.templates.update(ref, (head) => staged(head, run.runId, group));
  const kept = markedSteps(template, plan).leftOut.map(sentenceOf);
  await noteInTimeline(app, plan, [
    ...notesOf('not-carried-out', leftOut),
    ...notesOf('checkpoint', kept),
    ...notesOf('copy', copyNotes(plan)),
  ]);
  return plan;
};

function notesOf(about: string, messages: readonly string[]): { id: string; message: string }[] {
  return messages.map((message, index) => ({ id: `resolve/${about}/${index}`, message }));
}

/** Asked only where a template marks steps: others cost no request. */
async function keepingOf(app: App, template: ImageTemplate, run: RunContext) {
  if (!template.properties.customize.some((step) => 'checkpoint' in step)) return {};
  const [book, { parameters, noCache }] = await Promise.all([
    app.store.checkpoints.get(run.ref),
    glanceAt(app, run),
  ]);
  const given = declaredParameters(template, parameters) ?? {};
  return { keeping: { book, parameters: given, noCache: noCache === true } };
}

/**
 * What is in use by runs of Kiln comes back: only what others use speaks against a build. What this process knows of the
 * runs is enough for a yes.
 */
async function withoutOwnUse(
  { store }: App,
  template: ImageTemplate,
  around: World,
): Promise<{ world: World; slots: Slots }> {
  const { subscriptionId } = template.ref;
  const usages = thing(around.usages);
  const seenBy = (slots: Slots): World =>
    usages === undefined
      ? around
      : {
          ...around,
          usages: { there: foreignUsages(usages, slots, { subscriptionId, location: template.location }) },
        };
  const known = store.slots.recall()?.value;
  if (known !== undefined && planProblems(template, seenBy(known)).length === 0)
    return { world: seenBy(known), slots: known };
  const slots = (await store.slots.get())?.value ?? NO_SLOTS;
  return { world: seenBy(slots), slots };
}

/** Of the size that is tried first; what boots the image has a VM of its own beside the one that was built on. */
function coresOf(
  { subscriptionId, location, vmSizes: [first], validation, look }: BuildPlan,
  sizes: World['sizes'],
) {
  const size = first === undefined ? undefined : thing(sizes)?.get(first.toLowerCase());
  if (size === undefined) return undefined;
  const count = size.cores * (validation?.on === 'image' || look === true ? 2 : 1);
  return { subscriptionId, location, family: size.family, count };
}

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
