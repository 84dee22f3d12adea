import type { VmSize } from '../azure/catalogue.ts';
import type { Definition } from '../azure/ports.ts';
import type { Timestamp } from '../store/documents.ts';
import type { ImageTemplate } from '../template/model.ts';
import { machineSecurity } from '../distribution/compatibility.ts';
import { isSpecialized } from '../distribution/os-state.ts';
import { planTarget } from '../distribution/plan-target.ts';
import { stagingGroupName } from './names.ts';
import type { BuildPlan, ResolvedSource, RunContext } from './plan.ts';
import { planDataDisks } from './data-disks.ts';
import { planSteps } from './plan-steps.ts';
import { fitOf } from '../planning/plan-problems.ts';
import { later, MINUTE, timestamp } from './time.ts';
import { sizesToTry } from './vm-sizes.ts';

export type PlanInput = {
  readonly run: RunContext;
  readonly startedAt: Timestamp;
  readonly template: ImageTemplate;
  readonly source: ResolvedSource;
  /** One per SharedImage distributor, by its galleryImageId in lower case. */
  readonly definitions: ReadonlyMap<string, Definition>;
  /** VM sizes of the region by their name in lower case. Absent: they may not be read. */
  readonly sizes?: ReadonlyMap<string, VmSize>;
};

/** Turns a template and what Azure said about it into the plan of one run. `planProblems` has found nothing against it. */
export function makePlan(input: PlanInput): BuildPlan {
  const { run, template, source, definitions } = input;
  const { properties } = template;
  const { subscriptionId } = template.ref;
  const fit = fitOf(template, { source, definitions, now: new Date(input.startedAt) });
  const specialized = isSpecialized(fit);
  const security = machineSecurity(fit);
  // Some machines have no managed image that a second VM could boot.
  const bootable = !specialized && security === 'Standard' && source.architecture === 'x64';
  const staging = properties.stagingResourceGroup;
  const { vmSize } = properties.vmProfile;
  return {
    run,
    subscriptionId,
    location: template.location,
    stagingGroup:
      lastSegment(staging) ?? stagingGroupName(destinationGroup(template), template.ref.name, run.runId),
    keepStagingGroup: staging !== undefined,
    ...(properties.vmProfile.subnetId && { subnetId: properties.vmProfile.subnetId }),
    source,
    vmSizes: vmSize === '' ? sizesToTry({ ...source, security }, input.sizes) : [vmSize],
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
