import type { Definition } from '../azure/ports.ts';
import { planText, samePlan } from '../build/marketplace-source.ts';
import type { ResolvedSource } from '../build/plan.ts';
import { type Failure, KilnError } from '../errors/failure.ts';
import type { Distributor, ImageTemplate, Region } from '../template/model.ts';
import { mixedStates } from './os-state.ts';
import { machineSecurityOf, type MachineSecurity, securityProblems } from './security.ts';

/** What decides whether the targets of a template can hold what is built from its source. */
export type Fit = {
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

/** What the build machine must be, so that every target takes it. */
export function machineSecurity({ template, definitions }: Fit): MachineSecurity {
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
function disagreement({ template, definitions }: Fit): Failure[] {
  const { distribute } = template.properties;
  const needed = distribute.map((target) => neededBy(target, definitions));
  const other = needed.indexOf('Standard');
  if (!needed.includes('TrustedLaunch') || other === -1) return [];
  const what =
    distribute[other]?.type === 'ManagedImage' ? 'A managed image' : 'Its gallery image definition';
  const message = `${what} takes no machine with trusted launch, which another target of this template needs. Build them with two templates.`;
  return [{ code: 'TargetNotCompatible', message, target: `/properties/distribute/${other}` }];
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
  ];
  const failures = reasons.map((message): Failure => ({
    code: 'TargetNotCompatible',
    message,
    target: pointer,
  }));
  return [...failures, ...shallow(target, pointer)];
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

function shallow({ replicationMode }: SharedImage, pointer: string): Failure[] {
  if (replicationMode === 'Full') return [];
  const message =
    'Shallow replication is not carried out by this version of Kiln: such a version refers to its source, which goes with the staging group.';
  return [{ code: 'NotSupportedYet', message, target: `${pointer}/replicationMode` }];
}
