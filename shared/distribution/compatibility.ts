import type { Definition } from '../ports/azure.ts';
import { planText, samePlan } from '../model/purchase-plan.ts';
import type { ResolvedSource } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import type { Distributor, Region } from '../model/template.ts';
import { parseResourceId, sameResource } from '../model/ids.ts';
import type { Fit } from './fit.ts';
import { isSpecialized, mixedStates } from './os-state.ts';
import { homeOf } from './home.ts';
import { machineSecurityOf, type MachineSecurity, securityProblems, versionSourceOf } from './security.ts';

type SharedImage = Extract<Distributor, { type: 'SharedImage' }>;

/** Every reason why a target cannot hold what is built, or does not go with another target. */
export function targetProblems(fit: Fit): Problem[] {
  const { distribute } = fit.template.properties;
  return [
    ...distribute.flatMap((target, index) => problemsOf(fit, target, `/properties/distribute/${index}`)),
    ...disagreement(fit),
    ...mixedStates(fit),
  ];
}

/** What the build machine must be, so that the source boots and every target takes it. */
export function machineSecurity({ template, source, definitions }: Fit): MachineSecurity {
  if (source.securityType === 'TrustedLaunch') return 'TrustedLaunch';
  const needed = template.properties.distribute.map((target) => neededBy(target, definitions));
  return needed.includes('TrustedLaunch') ? 'TrustedLaunch' : 'Standard';
}

function neededBy(target: Distributor, definitions: Fit['definitions']): MachineSecurity | undefined {
  if (target.type === 'ManagedImage') return 'Standard';
  if (target.type === 'VHD') return undefined;
  const definition = definitions.get(target.galleryImageId.toLowerCase());
  return definition && machineSecurityOf(definition);
}

/** One machine is built, so that all targets have to agree on it. */
function disagreement({ template, source, definitions }: Fit): Problem[] {
  const { distribute } = template.properties;
  if (source.securityType === 'TrustedLaunch')
    return distribute.flatMap((target, index) =>
      target.type === 'ManagedImage' ? [notManaged(target.imageId, index)] : [],
    );
  const needed = distribute.map((target) => neededBy(target, definitions));
  const other = needed.indexOf('Standard');
  if (!needed.includes('TrustedLaunch') || other === -1) return [];
  const what =
    distribute[other]?.type === 'ManagedImage' ? 'A managed image' : 'Its gallery image definition';
  return [
    {
      code: 'TargetNotCompatible',
      target: `/properties/distribute/${other}`,
      value: idOf(distribute[other]),
      why: `${what} takes no machine with trusted launch, which another target of this template needs.`,
      remedy: 'Build them with two templates.',
    },
  ];
}

/** https://learn.microsoft.com/azure/virtual-machines/trusted-launch#unsupported-features */
function notManaged(value: string, index: number): Problem {
  return {
    code: 'TargetNotCompatible',
    target: `/properties/distribute/${index}`,
    value,
    why: 'The source has security type TrustedLaunch, and so has its machine; Azure makes no managed image of such a machine.',
    remedy: 'Write a SharedImage target.',
  };
}

function idOf(target: Distributor | undefined): string {
  if (target?.type === 'ManagedImage') return target.imageId;
  return target?.type === 'SharedImage' ? target.galleryImageId : '';
}

/** Why, and what to do. */
type Reason = readonly [why: string, remedy: string];

function problemsOf(fit: Fit, target: Distributor, pointer: string): Problem[] {
  const value = idOf(target);
  const incompatible = ([why, remedy]: Reason): Problem => {
    return { code: 'TargetNotCompatible', target: pointer, value, why, remedy };
  };
  if (target.type === 'ManagedImage') return armProblems(fit.source).map(incompatible);
  if (target.type === 'VHD') return [];
  const definition = fit.definitions.get(target.galleryImageId.toLowerCase());
  // Told apart from what it would have to fit.
  if (definition === undefined) return [];
  return [
    ...mismatches(fit.source, definition),
    ...securityProblems(fit.source, definition),
    ...imageProblems(fit, target, definition),
    ...homeProblems(fit, target, definition),
    ...ending(target, fit.now),
    ...shallowProblems(fit, target),
  ].map(incompatible);
}

/** "CPU Architecture 'Arm64' is not supported": https://learn.microsoft.com/azure/virtual-machines/capture-image-resource */
function armProblems({ architecture, description }: ResolvedSource): Reason[] {
  if (architecture !== 'Arm64') return [];
  return [
    [
      `Azure makes no managed image of an Arm64 machine, and ${description} is for Arm64.`,
      'Write a SharedImage target whose definition has architecture Arm64.',
    ],
  ];
}

/** Definitions that only support a security type take images, and of an Arm64 machine there is none. */
function imageProblems({ source }: Fit, target: SharedImage, definition: Definition): Reason[] {
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
function homeProblems({ template, source }: Fit, target: SharedImage, { location }: Definition): Reason[] {
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
  { replicationMode }: SharedImage,
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

function ending({ endOfLife }: SharedImage, now: Date): Reason[] {
  if (typeof endOfLife !== 'string' || Date.parse(endOfLife) > now.getTime()) return [];
  return [[`The end of life ${endOfLife} is past.`, 'Azure takes a moment in the future.']];
}

/**
 * A Shallow version refers to its source, which stays beside the gallery as a managed image: of what no such image can be
 * made there is no such version. https://learn.microsoft.com/azure/virtual-machines/capture-image-resource
 */
function shallowProblems(fit: Fit, target: SharedImage): Reason[] {
  if (target.replicationMode === 'Full') return [];
  const needed = 'Shallow replication keeps the managed image that the version is made of, and';
  const gallery = parseResourceId(target.galleryImageId)?.subscriptionId ?? '';
  const trusted = machineSecurity(fit) === 'TrustedLaunch';
  const reasons = [
    trusted && `${needed} no managed image can be made of a machine with trusted launch.`,
    isSpecialized(fit) && `${needed} a managed image can only be generalized; the definition is not.`,
    fit.source.architecture === 'Arm64' && `${needed} no managed image can be made of an Arm64 machine.`,
    !sameResource(gallery, fit.subscriptionId) &&
      `${needed} it has to be in the subscription of the build, ${fit.subscriptionId}; the gallery is in ${gallery}.`,
  ];
  return reasons.flatMap((why): Reason[] => (why === false ? [] : [[why, 'Write "Full".']]));
}
