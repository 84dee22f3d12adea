import {
  CHECKPOINT_DISK,
  checkpointName,
  MACHINE,
  NETWORK,
  SECURITY_GROUP,
  SNAPSHOT,
  SOURCE_DISK,
  SYSTEM_DISK,
  SYSTEM_IMAGE,
  TEMPORARY_IMAGE,
} from '../../shared/planning/names.ts';
import type { BuildPlan, Captured, CheckpointPlan } from '../../shared/model/plan.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { runTags } from '../../shared/model/tags.ts';
import type { Tags } from '../../shared/ports/azure.ts';
import { resourceId } from '../../shared/model/convert.ts';
import type { ResourceId } from '../../shared/model/template.ts';
import type { App } from '../app.ts';
import { templateOf } from './activity.ts';

/** Ids of what one build has in its staging group. */

export function machineId(plan: BuildPlan, machine = MACHINE): ResourceId {
  return inGroup(plan, `Microsoft.Compute/virtualMachines/${machine}`);
}

export function temporaryImageId(plan: BuildPlan): ResourceId {
  return inGroup(plan, `Microsoft.Compute/images/${TEMPORARY_IMAGE}`);
}

export function systemDiskId(plan: BuildPlan): ResourceId {
  return inGroup(plan, `Microsoft.Compute/disks/${SYSTEM_DISK}`);
}

/** The image that stands for an ISO from then on. */
export function systemImageId(plan: BuildPlan): ResourceId {
  return inGroup(plan, `Microsoft.Compute/images/${SYSTEM_IMAGE}`);
}

export function sourceDiskId(plan: BuildPlan): ResourceId {
  return inGroup(plan, `Microsoft.Compute/disks/${SOURCE_DISK}`);
}

/** The disk that the build VM has when it begins with a checkpoint. */
export function checkpointDiskId(plan: BuildPlan): ResourceId {
  return inGroup(plan, `Microsoft.Compute/disks/${CHECKPOINT_DISK}`);
}

/** In a group of its own, which outlives the run. */
export function checkpointId(plan: BuildPlan, { group }: CheckpointPlan, after: number): ResourceId {
  const name = checkpointName(after);
  return inGroup({ ...plan, stagingGroup: group }, `Microsoft.Compute/snapshots/${name}`);
}

/** Of the build VM's disk; with a region, its copy there. */
export function snapshotId(plan: BuildPlan, region?: string): ResourceId {
  const name = region === undefined ? SNAPSHOT : `${SNAPSHOT}-${region}`;
  return inGroup(plan, `Microsoft.Compute/snapshots/${name}`);
}

/** Of a copied snapshot. */
export function copiedImageId(plan: BuildPlan, region: string): ResourceId {
  return inGroup(plan, `Microsoft.Compute/images/${TEMPORARY_IMAGE}-${region}`);
}

export function networkId(
  plan: BuildPlan,
  type: 'virtualNetworks' | 'networkSecurityGroups',
  name: string,
): ResourceId {
  return inGroup(plan, `Microsoft.Network/${type}/${name}`);
}

export function subnetId(plan: BuildPlan): ResourceId {
  const { network } = networkNames(plan);
  return plan.subnetId ?? inGroup(plan, `Microsoft.Network/virtualNetworks/${network}/subnets/build`);
}

/** A smoke boot has its own: networks belong to one region. */
export function networkNames({ smoke }: BuildPlan): { network: string; securityGroup: string } {
  if (smoke === undefined) return { network: NETWORK, securityGroup: SECURITY_GROUP };
  return { network: `${smoke.machine}-vnet`, securityGroup: `${smoke.machine}-nsg` };
}

function inGroup(plan: BuildPlan, rest: string): ResourceId {
  return resourceId(
    `/subscriptions/${plan.subscriptionId}/resourceGroups/${plan.stagingGroup}/providers/${rest}`,
  );
}

/**
 * Tags of a resource that is about to be made, once the ledger knows of it. A group of the run's own is in there as a whole;
 * in one of the user's each resource is, and only those may ever go.
 */
export async function tagsFor(app: App, plan: BuildPlan, id: string): Promise<Tags> {
  const { subscriptionId, run } = plan;
  if (plan.keepStagingGroup) {
    const made = id.toLowerCase();
    await app.store.ledger.update(subscriptionId, run.runId, (entry) =>
      entry.resources?.includes(made) === false
        ? { ...entry, resources: [...entry.resources, made] }
        : undefined,
    );
  }
  return stagingTags(app, plan);
}

/** Tags of a resource in the staging group; `expires` is when the janitor may take it. */
export async function stagingTags(app: App, plan: BuildPlan, expires = plan.deadline): Promise<Tags> {
  const template = await templateOf(app, plan.run);
  return { ...template.properties.managedResourceTags, ...runTags(app.name, plan.run, expires) };
}

/** The disk that the build has captured. Distribution makes one before it hands out anything that needs it. */
export function diskOf({ osDiskId }: Captured): ResourceId {
  if (osDiskId !== undefined) return osDiskId;
  throw new KilnError({ code: 'CaptureFailed', message: 'Of this build no disk is left to copy from.' });
}
