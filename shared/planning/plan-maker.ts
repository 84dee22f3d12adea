import type { VmSize } from '../ports/catalogue.ts';
import type { Definition } from '../ports/azure.ts';
import type { Timestamp } from '../model/documents/documents.ts';
import type { ImageTemplate, Region } from '../model/template.ts';
import { kindOf, planTarget } from '../targets/all.ts';
import { isSpecialized, machineSecurity } from '../targets/compatibility.ts';
import { stagingGroupName } from './names.ts';
import type { BuildPlan, ResolvedSource, RunContext, TargetPlan } from '../model/plan.ts';
import { planDataDisks } from './data-disks.ts';
import { type Keeping, markedSteps, planCheckpoints } from './checkpoints.ts';
import { planBatches } from './plan-batches.ts';
import { planSteps } from './plan-steps.ts';
import { fitOf } from '../planning/plan-problems.ts';
import { later, MINUTE, timestamp } from '../model/time.ts';
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
  /** Whether a machine is booted for hygiene alone by default. Absent: no. */
  readonly hygieneBoot?: boolean;
  /** What is known of checkpoints. Absent: none are made or used. */
  readonly keeping?: Pick<Keeping, 'book' | 'parameters' | 'noCache'>;
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
  const { vmSize, subnetId } = properties.vmProfile;
  const targets = properties.distribute.map((target, index) => planTarget(fit, target, index));
  const outside = {
    source,
    security,
    keepStagingGroup: staging !== undefined,
    ...planDataDisks(properties.additionalDataDisks, source.dataDiskLuns),
    ...(specialized && { specialized: true as const }),
  };
  const { marks } = input.keeping === undefined ? { marks: [] } : markedSteps(template, outside);
  const inside = insideOf(input, targets, { bootable, specialized, marks });
  return {
    ...outside,
    run,
    subscriptionId,
    location: template.location,
    stagingGroup:
      lastSegment(staging) ?? stagingGroupName(destinationGroup(template), template.ref.name, run.runId),
    ...(subnetId && { subnetId }),
    vmSizes: vmSize === '' ? sizesToTry({ ...source, security }, input.sizes) : [vmSize],
    osDiskSizeGB: properties.vmProfile.osDiskSizeGB,
    ...inside,
    ...checkpointsOf(input, marks),
    ...(properties.validate?.vulnerabilities && { gate: true as const }),
    brief: true,
    targets,
    deadline: timestamp(later(new Date(input.startedAt), properties.buildTimeoutInMinutes * MINUTE)),
  };
}

/** What is done inside machines: steps, which of them share a command, and the listing of what is in the image. */
function insideOf(
  { template, source, hygieneBoot }: PlanInput,
  targets: readonly TargetPlan[],
  {
    bootable,
    specialized,
    marks,
  }: { readonly bootable: boolean; readonly specialized: boolean; readonly marks: readonly number[] },
) {
  const { properties } = template;
  const { subnetId } = properties.vmProfile;
  const planned = planSteps(properties, {
    bootable,
    specialized,
    byDefault: hygieneBoot === true,
    // smokePlan: elsewhere than at home a subnet of the team's is not there, and no command can run.
    inSmokeBoots: smokeRegions(targets).some((name) => subnetId === undefined || name === template.location),
  });
  const inventory = properties.inventory === false ? {} : { inventory: true as const };
  const { osType } = source;
  return {
    ...planned,
    ...inventory,
    ...planBatches(planned.steps, properties, { osType, ...inventory, marks }),
  };
}

function checkpointsOf(
  { template, source, run, startedAt, keeping }: PlanInput,
  marks: readonly number[],
): Pick<BuildPlan, 'checkpoints'> {
  if (keeping === undefined || marks.length === 0) return {};
  const { runId } = run;
  const now = new Date(startedAt);
  const checkpoints = planCheckpoints({ ...keeping, template, source, marks, runId, now });
  return checkpoints === undefined ? {} : { checkpoints };
}

function smokeRegions(targets: readonly TargetPlan[]): Region[] {
  return targets.flatMap((target) =>
    target.type === 'SharedImage' ? target.rings.flatMap((ring) => (ring.smokeBoot ? ring.regions : [])) : [],
  );
}

/** The group of the first target that has one: its name tells people whose build this is. */
function destinationGroup(template: ImageTemplate): string {
  const ids = template.properties.distribute.map((target) => kindOf(target).idOf(target));
  const group = /\/resourceGroups\/([^/]+)\//i.exec(ids.find((id) => id !== '') ?? '')?.[1];
  return group ?? template.ref.resourceGroup;
}

function lastSegment(id: string | undefined): string | undefined {
  return id?.split('/').at(-1);
}
