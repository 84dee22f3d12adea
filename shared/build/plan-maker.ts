import type { Definition } from '../azure/ports.ts';
import type { Failure } from '../errors/failure.ts';
import { KilnError } from '../errors/failure.ts';
import type { Timestamp } from '../store/documents.ts';
import type { Distributor, ImageTemplate } from '../template/model.ts';
import { planText, samePlan } from './marketplace-source.ts';
import { stagingGroupName } from './names.ts';
import type { BuildPlan, ResolvedSource, RunContext, TargetPlan } from './plan.ts';
import { planSteps } from './plan-steps.ts';
import { later, MINUTE, timestamp } from './time.ts';

/**
 * Sizes to try when the template names none. AIB's defaults come first, so that templates behave as before; v6 sizes
 * are absent because images built on them are bound to NVMe controllers.
 */
const SIZES = {
  V1: ['Standard_D1_v2', 'Standard_D2as_v5', 'Standard_D2s_v5', 'Standard_D2s_v3', 'Standard_DS1_v2'],
  V2: ['Standard_D2ds_v4', 'Standard_D2as_v5', 'Standard_D2s_v5', 'Standard_D2ads_v5', 'Standard_B2ms'],
} as const;

export type PlanInput = {
  readonly run: RunContext;
  readonly startedAt: Timestamp;
  readonly template: ImageTemplate;
  readonly source: ResolvedSource;
  /** One per SharedImage distributor, by its galleryImageId in lower case. */
  readonly definitions: ReadonlyMap<string, Definition>;
};

/** Turns a template and what Azure said about it into the plan of one run. Throws every incompatibility at once. */
export function makePlan(input: PlanInput): BuildPlan {
  const { run, template, source } = input;
  const { properties } = template;
  const failures = properties.distribute.flatMap((target, index) => incompatibilities(input, target, index));
  if (failures.length > 0) throw combined(failures);
  const staging = properties.stagingResourceGroup;
  return {
    run,
    subscriptionId: template.ref.subscriptionId,
    location: template.location,
    stagingGroup:
      lastSegment(staging) ?? stagingGroupName(destinationGroup(template), template.ref.name, run.runId),
    keepStagingGroup: staging !== undefined,
    ...(properties.vmProfile.subnetId && { subnetId: properties.vmProfile.subnetId }),
    source,
    vmSizes: properties.vmProfile.vmSize === '' ? SIZES[source.generation] : [properties.vmProfile.vmSize],
    osDiskSizeGB: properties.vmProfile.osDiskSizeGB,
    ...planSteps(properties),
    targets: properties.distribute.map((target, index) => planTarget(input, target, index)),
    deadline: timestamp(later(new Date(input.startedAt), properties.buildTimeoutInMinutes * MINUTE)),
  };
}

function planTarget({ definitions }: PlanInput, target: Distributor, index: number): TargetPlan {
  const base = { index, runOutputName: target.runOutputName };
  switch (target.type) {
    case 'ManagedImage':
      return { ...base, type: 'ManagedImage', imageId: target.imageId, location: target.location };
    case 'VHD':
      return { ...base, type: 'VHD', uri: target.uri };
    case 'SharedImage': {
      const { galleryImageId, targetRegions, excludeFromLatest, versioning } = target;
      const securityType = definitions.get(galleryImageId.toLowerCase())?.securityType ?? 'Standard';
      // Definitions that only *support* trusted launch take images, but refuse virtual machines as a source:
      // https://learn.microsoft.com/azure/virtual-machines/trusted-launch-portal
      const versionSource = securityType === 'Standard' ? 'machine' : 'image';
      return {
        ...base,
        type: 'SharedImage',
        galleryImageId,
        regions: targetRegions,
        excludeFromLatest,
        versioning,
        versionSource,
      };
    }
    default:
      return target satisfies never;
  }
}

function incompatibilities(input: PlanInput, target: Distributor, index: number): Failure[] {
  const pointer = `/properties/distribute/${index}`;
  if (target.type === 'ManagedImage' && target.location !== input.template.location) {
    const message = `The image is built in ${input.template.location}; a managed image in ${target.location} would need a copy between regions. Distribute to a gallery with that region instead.`;
    return [{ code: 'TargetNotCompatible', message, target: `${pointer}/location` }];
  }
  if (target.type !== 'SharedImage') return [];
  const definition = input.definitions.get(target.galleryImageId.toLowerCase());
  if (definition === undefined) {
    const message = `There is no gallery image definition ${target.galleryImageId}.`;
    return [{ code: 'TargetNotFound', message, target: `${pointer}/galleryImageId` }];
  }
  return mismatches(input.source, definition, target).map((message) => ({
    code: 'TargetNotCompatible',
    message,
    target: pointer,
  }));
}

function mismatches(
  source: ResolvedSource,
  definition: Definition,
  target: Extract<Distributor, { type: 'SharedImage' }>,
): string[] {
  const differing = (['generation', 'osType', 'architecture'] as const)
    .filter((property) => source[property] !== definition[property])
    .map(
      (property) => `The source has ${property} ${source[property]}, the definition ${definition[property]}.`,
    );
  const unusable = ['TrustedLaunch', 'ConfidentialVM'].includes(definition.securityType)
    ? [
        `Definitions with security type ${definition.securityType} cannot hold an image of a standard machine.`,
      ]
    : [];
  const specialized = definition.generalized
    ? []
    : ['The definition holds specialized images; a build makes generalized ones.'];
  const plan = samePlan(source.plan, definition.plan)
    ? []
    : [
        // Azure: "has a different plan". https://learn.microsoft.com/azure/virtual-machines/marketplace-images
        `The source has purchase plan ${planText(source.plan)}, the definition ${planText(definition.plan)}; they must be the same.`,
      ];
  // Azure makes the version in the definition's region: https://learn.microsoft.com/azure/virtual-machines/azure-compute-gallery
  const home = target.targetRegions.some((region) => region.name === definition.location)
    ? []
    : [`The definition is in ${definition.location}, which must be among the target regions.`];
  return [...differing, ...unusable, ...specialized, ...plan, ...home];
}

function combined(failures: readonly Failure[]): KilnError {
  const [first] = failures;
  const message = failures.map((failure) => failure.message).join(' ');
  return new KilnError({ code: first?.code ?? 'TargetNotCompatible', message, details: failures });
}

/** The group of the first target that has one: its name tells people whose build this is. */
function destinationGroup(template: ImageTemplate): string {
  const ids = template.properties.distribute.map((target) =>
    target.type === 'ManagedImage'
      ? target.imageId
      : target.type === 'SharedImage'
        ? target.galleryImageId
        : '',
  );
  const group = /\/resourceGroups\/([^/]+)\//i.exec(ids.find((id) => id !== '') ?? '')?.[1];
  return group ?? template.ref.resourceGroup;
}

function lastSegment(id: string | undefined): string | undefined {
  return id?.split('/').at(-1);
}
