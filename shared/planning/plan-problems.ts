import type { Wanted } from '../build/vm-sizes.ts';
import { misplacedSteps } from '../build/plan-steps.ts';
import { type Fit, machineSecurity, targetProblems } from '../distribution/compatibility.ts';
import type { ImageTemplate } from '../template/model.ts';
import { machineProblems } from './machine-problems.ts';
import { placeProblems } from './place-problems.ts';
import { asProblem, type Problem } from './problem.ts';
import { tagProblems } from './tag-problems.ts';
import { placeOfTargets } from './target-problems.ts';
import type { World } from './world.ts';

/**
 * Everything that is known to stop a build of the template in this world, at once. The submission and the run ask the
 * same: what has become impossible in between ends the run before anything is created.
 */
export function planProblems(template: ImageTemplate, world: World): Problem[] {
  const { source } = world;
  const fit = source && fitOf(template, { ...world, source });
  const wanted: Wanted | undefined = fit && { ...fit.source, security: machineSecurity(fit) };
  return [
    ...placeProblems(template, world),
    ...world.refusals.map((failure) => asProblem(failure)),
    ...(source ? misplacedSteps(template.properties, source.osType) : []),
    ...placeOfTargets(template, world),
    ...(fit ? targetProblems(fit) : []),
    ...tagProblems(template, world),
    ...machineProblems(template, world, wanted),
  ];
}

/** For the targets alone: a later distribution builds nothing. */
export function distributionProblems(template: ImageTemplate, world: World, fit: Fit): Problem[] {
  const about = world.refusals.filter(({ target = '' }) => target.startsWith('/properties/distribute/'));
  return [
    ...about.map((failure) => asProblem(failure)),
    ...placeOfTargets(template, world),
    ...targetProblems(fit),
    ...tagProblems(template, world),
  ];
}

export function fitOf(
  template: ImageTemplate,
  { source, definitions, now }: Pick<Fit, 'source' | 'definitions' | 'now'>,
): Fit {
  return { subscriptionId: template.ref.subscriptionId, template, source, definitions, now };
}
