import type { Definition } from '../azure/ports.ts';
import { planText, samePlan } from '../build/marketplace-source.ts';
import type { ResolvedSource } from '../build/plan.ts';
import { type Failure, KilnError } from '../errors/failure.ts';
import type { Distributor, ImageTemplate, Region } from '../template/model.ts';
import { parseResourceId, sameResource } from '../template/ids.ts';
import { isSpecialized, mixedStates } from './os-state.ts';
import { machineSecurityOf, type MachineSecurity, securityProblems } from './security.ts';

/** What decides whether the targets of a template can hold what is built from its source. */
export type Fit = {
  /** Of the build. */
  readonly subscriptionId: string;
  readonly template: Pick<ImageTemplate, 'location'> & {
    readonly properties: Pick<ImageTemplate['properties'], 'distribute'>;
  };
  readonly source: ResolvedSource;
  /** One per SharedImage distributor, by its galleryImageId in lower case. */
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly now: Date;
};

type SharedImage = Extract<Distributor, { type: 'SharedImage' }>;

/** Throws every reason why a target cannot be served, and those of others with them, before anything is created. */
export function assertCompatible(fit: Fit, others: readonly Failure[] = []): void {
  const { distribute } = fit.template.properties;
  const failures = [
    ...others,
    ...distribute.flatMap((target, index) => problemsOf(fit, target, `/properties/distribute/${index}`)),
    ...disagreement(fit),
    ...mixedStates(fit),
  ];
  const [first] = failures;
  if (first === undefined) return;
  const message = failures.map((failure) => failure.message).join(' ');
  throw new KilnError({ code: first.code, message, details: failures });
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
function disagreement({ template, source, definitions }: Fit): Failure[] {
  const { distribute } = template.properties;
  if (source.securityType === 'TrustedLaunch')
    return distribute.flatMap(({ type }, index) => (type === 'ManagedImage' ? [notManaged(index)] : []));
  const needed = distribute.map((target) => neededBy(target, definitions));
  const other = needed.indexOf('Standard');
  if (!needed.includes('TrustedLaunch') || other === -1) return [];
  const what =
    distribute[other]?.type === 'ManagedImage' ? 'A managed image' : 'Its gallery image definition';
  const message = `${what} takes no machine with trusted launch, which another target of this template needs. Build them with two templates.`;
  return [{ code: 'TargetNotCompatible', message, target: `/properties/distribute/${other}` }];
}

/** https://learn.microsoft.com/azure/virtual-machines/trusted-launch#unsupported-features */
function notManaged(index: number): Failure {
  const message =
    'The source has security type TrustedLaunch, and so has its machine; Azure makes no managed image of such a machine. Write a SharedImage target.';
  return { code: 'TargetNotCompatible', message, target: `/properties/distribute/${index}` };
}

function problemsOf(fit: Fit, target: Distributor, pointer: string): Failure[] {
  if (target.type !== 'SharedImage') return [];
  const definition = fit.definitions.get(target.galleryImageId.toLowerCase());
  if (definition === undefined) {
    const message = `There is no gallery image definition ${target.galleryImageId}.`;
    return [{ code: 'TargetNotFound', message, target: `${pointer}/galleryImageId` }];
  }
  const reasons = [
    ...mismatches(fit.source, definition),
    ...securityProblems(fit.source, definition),
    ...homeProblems(target, fit.template.location, definition),
    ...ending(target, fit.now),
    ...shallowProblems(fit, target),
  ];
  return reasons.map((message) => ({ code: 'TargetNotCompatible', message, target: pointer }));
}

function mismatches(source: ResolvedSource, definition: Definition): string[] {
  const differing = (['generation', 'osType', 'architecture'] as const)
    .filter((property) => source[property] !== definition[property])
    .map(
      (property) => `The source has ${property} ${source[property]}, the definition ${definition[property]}.`,
    );
  const plan = samePlan(source.plan, definition.plan)
    ? []
    : [
        // Azure: "has a different plan". https://learn.microsoft.com/azure/virtual-machines/marketplace-images
        `The source has purchase plan ${planText(source.plan)}, the definition ${planText(definition.plan)}; they must be the same.`,
      ];
  return [...differing, ...plan];
}

/**
 * A version is made where its source is, and replicated from there; its definition's region must have it too.
 * https://learn.microsoft.com/azure/virtual-machines/azure-compute-gallery
 */
function homeProblems(
  { rings, targetRegions }: SharedImage,
  build: Region,
  definition: Definition,
): string[] {
  const has = (regions: readonly { readonly name: string }[], name: string) =>
    regions.some((region) => region.name === name);
  const problems = has(targetRegions, definition.location)
    ? []
    : [`The definition is in ${definition.location}, which must be among the target regions.`];
  if (!has(targetRegions, build))
    problems.push(
      `The image is built in ${build}, which must be among the target regions: a version is made in the region of its source.`,
    );
  else if (rings[0]?.regions.includes(build) !== true)
    problems.push(`The image is built in ${build}, which must be in the first ring.`);
  return problems;
}

function ending({ endOfLife }: SharedImage, now: Date): string[] {
  if (typeof endOfLife !== 'string' || Date.parse(endOfLife) > now.getTime()) return [];
  return [`The end of life ${endOfLife} is past; Azure takes a moment in the future.`];
}

/**
 * A Shallow version refers to its source, which stays beside the gallery as a managed image: of what no such image can be
 * made there is no such version. https://learn.microsoft.com/azure/virtual-machines/capture-image-resource
 */
function shallowProblems(fit: Fit, target: SharedImage): string[] {
  if (target.replicationMode === 'Full') return [];
  const needed = 'Shallow replication keeps the managed image that the version is made of, and';
  const gallery = parseResourceId(target.galleryImageId)?.subscriptionId ?? '';
  return [
    ...(machineSecurity(fit) === 'TrustedLaunch'
      ? [`${needed} no managed image can be made of a machine with trusted launch. Write "Full".`]
      : []),
    ...(isSpecialized(fit)
      ? [`${needed} a managed image can only be generalized; the definition is not. Write "Full".`]
      : []),
    ...(sameResource(gallery, fit.subscriptionId)
      ? []
      : [
          `${needed} it has to be in the subscription of the build, ${fit.subscriptionId}; the gallery is in ${gallery}. Write "Full".`,
        ]),
  ];
}
