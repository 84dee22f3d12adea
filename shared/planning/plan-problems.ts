import { authoredTarget } from './authored.ts';
import type { Wanted } from './vm-sizes.ts';
import { misplacedSteps } from './plan-steps.ts';
import type { Fit } from '../targets/fit.ts';
import { kindOf } from '../targets/all.ts';
import { machineSecurity, targetProblems } from '../targets/compatibility.ts';
import type { ImageTemplate } from '../model/template.ts';
import { machineProblems } from './machine-problems.ts';
import { placeProblems } from './place-problems.ts';
import { asProblem, type Problem } from '../model/problem.ts';
import { tagProblems } from './tag-problems.ts';
import { thing } from '../model/seen.ts';
import type { World } from './world.ts';

/**
 * Everything that is known to stop a build of the template in this world, at once. The submission and the run ask the
 * same: what has become impossible in between ends the run before anything is created.
 */
export function planProblems(template: ImageTemplate, around: World): Problem[] {
  const world = withoutEchoes(template, around);
  const { source } = world;
  const fit = source && fitOf(template, { ...world, source });
  const wanted = wantedBy(fit);
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

/**
 * In a region that does not exist there is nothing, and Azure refuses what is asked about it: of a misspelt name the name
 * alone is told, and not that the subnet is elsewhere and every size is missing.
 */
function withoutEchoes({ location }: ImageTemplate, world: World): World {
  const regions = thing(world.regions);
  if (regions === undefined || regions.includes(location)) return world;
  const { subnet, stagingGroup, refusals } = world;
  return {
    ...world,
    sizes: 'unknown',
    usages: 'unknown',
    subnet: subnet === 'absent' ? subnet : 'unknown',
    stagingGroup: stagingGroup === 'absent' ? stagingGroup : 'unknown',
    refusals: refusals.filter(
      ({ code, target }) => code !== 'AzureRefused' || target !== '/properties/source',
    ),
  };
}

/** What speaks against the places where results go, apart from what the source has to do with it. */
function placeOfTargets({ ref, properties }: ImageTemplate, world: World): Problem[] {
  return properties.distribute.flatMap((target, index) => {
    const at = { pointer: `/properties/distribute/${index}`, authored: authoredTarget(world.body, index) };
    return kindOf(target).obstacles(target, { ...world, ref }, at);
  });
}

/** What a machine must be to be built on; undefined while the source is not known. */
export function wantedBy(fit: Fit | undefined): Wanted | undefined {
  return fit && { ...fit.source, security: machineSecurity(fit) };
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
