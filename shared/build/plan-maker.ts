import type { Definition } from '../azure/ports.ts';
import type { Timestamp } from '../store/documents.ts';
import type { ImageTemplate } from '../template/model.ts';
import { assertCompatible, machineSecurity } from '../distribution/compatibility.ts';
import { isSpecialized } from '../distribution/os-state.ts';
import { planTarget } from '../distribution/plan-target.ts';
import { stagingGroupName } from './names.ts';
import type { BuildPlan, ResolvedSource, RunContext } from './plan.ts';
import { planDataDisks } from './data-disks.ts';
import { misplacedSteps, planSteps } from './plan-steps.ts';
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
  const { subscriptionId } = template.ref;
  const { definitions } = input;
  const fit = { subscriptionId, template, source, definitions, now: new Date(input.startedAt) };
  assertCompatible(fit, misplacedSteps(properties, source.osType));
  const specialized = isSpecialized(fit);
  const security = machineSecurity(fit);
  // A machine with trusted launch and a specialized one have no managed image that a second VM could boot.
  const bootable = !specialized && security === 'Standard';
  const staging = properties.stagingResourceGroup;
  return {
    run,
    subscriptionId,
    location: template.location,
    stagingGroup:
      lastSegment(staging) ?? stagingGroupName(destinationGroup(template), template.ref.name, run.runId),
    keepStagingGroup: staging !== undefined,
    ...(properties.vmProfile.subnetId && { subnetId: properties.vmProfile.subnetId }),
    source,
    vmSizes: properties.vmProfile.vmSize === '' ? SIZES[source.generation] : [properties.vmProfile.vmSize],
    osDiskSizeGB: properties.vmProfile.osDiskSizeGB,
    ...planDataDisks(properties.additionalDataDisks, source.dataDiskLuns),
    security,
    ...planSteps(properties, bootable),
    ...(specialized && { specialized }),
    targets: properties.distribute.map((target, index) => planTarget(fit, target, index)),
    deadline: timestamp(later(new Date(input.startedAt), properties.buildTimeoutInMinutes * MINUTE)),
  };
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
