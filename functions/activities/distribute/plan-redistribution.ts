import { assertMayDistribute, principalOf } from '../../../shared/access/of-run.ts';
import { MACHINE } from '../../../shared/planning/names.ts';
import type { BuildPlan, Captured, TargetPlan } from '../../../shared/model/plan.ts';
import { RUN_TAG } from '../../../shared/model/tags.ts';
import { kindOf, planTarget } from '../../../shared/targets/all.ts';
import { machineSecurity } from '../../../shared/targets/compatibility.ts';
import { publishedVersion, remainderOf } from '../../../shared/distribution/redistribution.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { distributionProblems, fitOf } from '../../../shared/planning/plan-problems.ts';
import { assertNone } from '../../../shared/model/problem.ts';
import type { Distribution, Run } from '../../../shared/model/documents/documents.ts';
import type { Distributor } from '../../../shared/model/template.ts';
import type { App } from '../../app.ts';
import { type Activity, runOf, templateOf } from '../activity.ts';
import { lookAround } from '../template/look-around.ts';

/** What is left to distribute of a run, or what it is to be distributed to as well, and from what. */
export const planRedistribution: Activity<'plan-redistribution'> = async (
  app,
  { run: context, operationId },
) => {
  const { ref, runId } = context;
  const [run, stored, request] = await Promise.all([
    runOf(app, context),
    app.store.distributions.get(ref, runId),
    app.store.redistributionRequests.get(ref, runId, operationId),
  ]);
  if (stored === undefined)
    throw refused(`Run ${runId} ended before it had built an image. Start another run.`);
  const wanted = request?.targets;
  const actor = request?.requestedBy ?? (await principalOf(app.store, run));
  await assertMayDistribute({ store: app.store, gate: app.gate, actor }, run, wanted);
  if (wanted === undefined) {
    const { targets, ...rest } = remainderOf(stored.plan.targets, run.outputs);
    const captured = await capturedOf(app, stored, run, targets);
    return { plan: { ...stored.plan, targets }, captured, ...rest };
  }
  const targets = await planNewTargets(app, stored.plan, wanted);
  const captured = await capturedOf(app, stored, run, targets);
  const plan = { ...stored.plan, targets: [...stored.plan.targets, ...targets] };
  await app.store.distributions.put(ref, runId, { ...stored, plan });
  return { plan: { ...plan, targets }, captured, resume: {}, done: run.outputs };
};

async function planNewTargets(
  app: App,
  plan: BuildPlan,
  distribute: readonly Distributor[],
): Promise<TargetPlan[]> {
  const stored = await templateOf(app, plan.run);
  const template = { ...stored, properties: { ...stored.properties, distribute } };
  const { source } = plan;
  const world = { ...(await lookAround(app, template, plan.run)), source };
  const fit = fitOf(template, { ...world, source });
  assertNone(distributionProblems(template, world, fit));
  const needed = machineSecurity(fit);
  const indifferent = distribute.every(
    (target) => kindOf(target).security(target, world.definitions) === undefined,
  );
  if (needed !== plan.security && !indifferent)
    throw refused(`The image is of a ${plan.security} machine; a target needs one of a ${needed} machine.`);
  // A request that is planned twice finds its targets in the plan already.
  return distribute.map((target, position) => {
    const known = plan.targets.find(({ runOutputName }) => runOutputName === target.runOutputName);
    return planTarget(fit, target, known?.index ?? plan.targets.length + position);
  });
}

/** The machine that the build has captured while its lease lasts; otherwise a version that it has published. */
async function capturedOf(
  app: App,
  { plan, captured }: Distribution,
  run: Run,
  targets: readonly TargetPlan[],
): Promise<Captured> {
  if (targets.length === 0) return captured;
  const { machines } = app.azure(plan.subscriptionId);
  const machine = await machines.get(plan.stagingGroup, MACHINE);
  if (machine?.tags[RUN_TAG] === plan.run.runId) return captured;
  const imageId = publishedVersion(plan, run.outputs);
  if (imageId !== undefined) return { imageId };
  throw refused(
    `What run ${run.id} has built is gone, and no gallery version of it is in ${plan.location}. Start another run.`,
  );
}

function refused(message: string): KilnError {
  return new KilnError({ code: 'OperationNotAllowed', message });
}
