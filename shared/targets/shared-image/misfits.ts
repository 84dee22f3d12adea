import { planText, samePlan } from '../../model/purchase-plan.ts';
import type { ResolvedSource } from '../../model/plan.ts';
import type { Region } from '../../model/template.ts';
import { parseResourceId, sameResource } from '../../model/ids.ts';
import type { Definition } from '../../ports/azure.ts';
import type { Fit } from '../fit.ts';
import type { Built, Reason, TargetOf } from '../kind.ts';
import { securityProblems, versionSourceOf } from '../security.ts';
import { homeOf } from './home.ts';

type Target = TargetOf<'SharedImage'>;

/** Every reason why a definition cannot hold what is built. */
export function misfits(target: Target, fit: Fit, built: Built): Reason[] {
  const definition = fit.definitions.get(target.galleryImageId.toLowerCase());
  // Told apart from what it would have to fit.
  if (definition === undefined) return [];
  return [
    ...mismatches(fit.source, definition),
    ...securityProblems(fit.source, definition),
    ...imageProblems(fit, target, definition),
    ...homeProblems(fit, target, definition),
    ...ending(target, fit.now),
    ...shallowProblems(target, fit, built),
  ];
}

/** Definitions that only support a security type take images, and of an Arm64 machine there is none. */
function imageProblems({ source }: Fit, target: Target, definition: Definition): Reason[] {
  const isOfImage = versionSourceOf(definition) === 'image' && target.replicationMode === 'Full';
  if (!isOfImage || source.architecture !== 'Arm64') return [];
  return [
    [
      `A definition with security type ${definition.securityType} takes no machine but an image of it, and no image can be made of an Arm64 machine.`,
      'Use a definition with security type TrustedLaunch, or one without.',
    ],
  ];
}

function mismatches(source: ResolvedSource, definition: Definition): Reason[] {
  const differing = (['generation', 'osType', 'architecture'] as const)
    .filter((property) => source[property] !== definition[property])
    .map((property): Reason => [
      `The source has ${property} ${source[property]}, the definition ${definition[property]}.`,
      `Use a definition with ${property} ${source[property]}, or another source.`,
    ]);
  const plan: Reason[] = samePlan(source.plan, definition.plan)
    ? []
    : [
        // Azure: "has a different plan". https://learn.microsoft.com/azure/virtual-machines/marketplace-images
        [
          `The source has purchase plan ${planText(source.plan)}, the definition ${planText(definition.plan)}; they must be the same.`,
          'Make a definition with the plan of the source.',
        ],
      ];
  return [...differing, ...plan];
}

/**
 * A version is made where its source is, and replicated from there; its definition's region must have it too. When the
 * build's region is not asked for, the disk is copied to that of the definition first: see ADR 0034.
 * https://learn.microsoft.com/azure/virtual-machines/azure-compute-gallery
 */
function homeProblems({ template, source }: Fit, target: Target, { location }: Definition): Reason[] {
  const { rings, targetRegions } = target;
  const build = template.location;
  const problems: Reason[] = targetRegions.some(({ name }) => name === location)
    ? []
    : [
        [
          `The definition is in ${location}, which must be among the target regions.`,
          `Add ${location} to the regions of the target.`,
        ],
      ];
  const home = homeOf(target, build, location) ?? build;
  const what = home === build ? 'image is built' : 'version is made';
  if (targetRegions.some(({ name }) => name === home) && rings[0]?.regions.includes(home) !== true)
    problems.push([
      `The ${what} in ${home}, which must be in the first ring.`,
      `Move ${home} to the first ring.`,
    ]);
  if (home !== build) problems.push(...copyProblems(target, build, { template, source }));
  return problems;
}

/** What cannot be copied to another region as one disk. */
function copyProblems(
  { replicationMode }: Target,
  build: Region,
  { template, source }: Pick<Fit, 'template' | 'source'>,
): Reason[] {
  const remedy = `Add ${build}, the region of the build, to the regions of the target.`;
  const disks = (template.properties.additionalDataDisks?.length ?? 0) + (source.dataDiskLuns?.length ?? 0);
  if (replicationMode === 'Shallow')
    return [[`A Shallow version is made in the region of the build, ${build}, and only there.`, remedy]];
  if (disks === 0) return [];
  return [
    [
      `The image has ${disks} data disks, and only its system disk could be copied from ${build} to another region.`,
      remedy,
    ],
  ];
}

function ending({ endOfLife }: Target, now: Date): Reason[] {
  if (typeof endOfLife !== 'string' || Date.parse(endOfLife) > now.getTime()) return [];
  return [[`The end of life ${endOfLife} is past.`, 'Azure takes a moment in the future.']];
}

/**
 * A Shallow version refers to its source, which stays beside the gallery as a managed image: of what no such image can be
 * made there is no such version. https://learn.microsoft.com/azure/virtual-machines/capture-image-resource
 */
function shallowProblems(target: Target, fit: Fit, built: Built): Reason[] {
  if (target.replicationMode === 'Full') return [];
  const needed = 'Shallow replication keeps the managed image that the version is made of, and';
  const gallery = parseResourceId(target.galleryImageId)?.subscriptionId ?? '';
  const reasons = [
    built.security === 'TrustedLaunch' &&
      `${needed} no managed image can be made of a machine with trusted launch.`,
    built.specialized && `${needed} a managed image can only be generalized; the definition is not.`,
    fit.source.architecture === 'Arm64' && `${needed} no managed image can be made of an Arm64 machine.`,
    !sameResource(gallery, fit.subscriptionId) &&
      `${needed} it has to be in the subscription of the build, ${fit.subscriptionId}; the gallery is in ${gallery}.`,
  ];
  return reasons.flatMap((why): Reason[] => (why === false ? [] : [[why, 'Write "Full".']]));
}
