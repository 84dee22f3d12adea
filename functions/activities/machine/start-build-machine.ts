import type { UsedCheckpoint } from '../../../shared/model/documents/checkpoints.ts';
import { begunWith, onMachine } from '../../../shared/model/documents/run.ts';
import type { MachineRequest } from '../../../shared/ports/azure.ts';
import type { BuildPlan } from '../../../shared/model/plan.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { heldIn } from '../../../shared/planning/cores.ts';
import { NO_SLOTS } from '../../../shared/planning/slots.ts';
import type { App } from '../../app.ts';
import { MEDIUM_LUN, SYSTEM_LUN } from '../../../shared/guest/iso/common.ts';
import type { ImageTemplate, ResourceId } from '../../../shared/model/template.ts';
import { type Activity, operation, templateOf } from '../activity.ts';
import { checkpointDiskId, machineId, tagsFor, subnetId, systemDiskId, systemImageId } from '../resources.ts';

/** A VM of the run: no public address, no inbound rule; disk and network card go with it. */
export const startBuildMachine: Activity<'start-build-machine'> = async (
  app,
  { plan, machine, vmSize, imageId, checkpoint },
) => {
  const { machines } = app.azure(plan.subscriptionId);
  const template = await templateOf(app, plan.run);
  const request: MachineRequest = {
    location: plan.location,
    tags: await tagsFor(app, plan, machineId(plan, machine)),
    vmSize,
    subnetId: subnetId(plan),
    ...(machine === 'install' ? helperMachine(plan) : buildMachine(plan, template, imageId)),
    ...(checkpoint && { osDiskId: checkpointDiskId(plan) }),
  };
  const isLast = plan.vmSizes.at(-1) === vmSize;
  const started = await machines
    .start(plan.stagingGroup, machine, request)
    .catch(async (error: unknown) => Promise.reject(isLast ? await passingQuota(app, plan, error) : error));
  if (machine === 'build') {
    await app.store.runs.update(plan.run.ref, plan.run.runId, (current) => {
      const begun = begunWith(current, checkpoint && usedBy(plan));
      return onMachine(begun ?? current, { vmSize }) ?? begun;
    });
  }
  return operation('create virtual machine', started, 'machine');
};

/** What provenance tells of the checkpoint that the machine begins with. */
function usedBy({ checkpoints, steps }: BuildPlan): UsedCheckpoint | undefined {
  if (checkpoints?.from === undefined) return undefined;
  const { after, snapshotId: _snapshot, ...from } = checkpoints.from;
  const step = steps.find(({ index }) => index === after)?.name ?? '';
  return { ...from, step, number: after + 1 };
}

/** Milliseconds: a build that ends gives its cores back when its group is gone. */
const NEXT_TRY = 60_000;

/** Cores may be gone between the look and the machine; when others of Kiln have some there, they come back. */
async function passingQuota({ store }: App, { run, subscriptionId, location }: BuildPlan, error: unknown) {
  if (!(error instanceof KilnError) || error.failure.code !== 'QuotaExceeded') return error;
  const slots = (await store.slots.get())?.value ?? NO_SLOTS;
  const { total } = heldIn(slots, { subscriptionId, location, family: '' }, run.runId);
  if (total === 0) return error;
  return new KilnError({ ...error.failure, passing: true, retryAfterMs: NEXT_TRY }, { cause: error });
}

type OfMachine = Omit<MachineRequest, 'location' | 'tags' | 'vmSize' | 'subnetId'>;

function buildMachine(
  plan: BuildPlan,
  { properties }: ImageTemplate,
  imageId: ResourceId | undefined,
): OfMachine {
  const { source, osDiskSizeGB, security } = plan;
  return {
    osType: source.osType,
    image: imageId === undefined ? imageOf(plan) : { kind: 'resource', id: imageId },
    ...(source.plan && { plan: source.plan }),
    ...(source.licenseType && { licenseType: source.licenseType }),
    osDiskSizeGB,
    // The captured image has them already.
    ...(imageId === undefined && plan.dataDisks && { dataDisks: plan.dataDisks }),
    security,
    ...(plan.smoke !== undefined && plan.specialized && { specialized: plan.specialized }),
    identities: properties.vmProfile.userAssignedIdentities,
  };
}

function imageOf(plan: BuildPlan): MachineRequest['image'] {
  const { image } = plan.source;
  return image.kind === 'iso' ? { kind: 'resource', id: systemImageId(plan) } : image;
}

/** Installs an ISO. It has no identity: whatever it is talked into, it can ask Azure for nothing. */
function helperMachine(plan: BuildPlan): OfMachine {
  const { install } = plan;
  return {
    osType: 'Linux',
    image: install?.image ?? imageOf(plan),
    ...(install?.plan && { plan: install.plan }),
    dataDisks: [
      { lun: SYSTEM_LUN, diskId: systemDiskId(plan) },
      { lun: MEDIUM_LUN, sizeGB: install?.mediumDiskGB ?? 0 },
    ],
    osDiskSizeGB: 0,
    security: 'Standard',
    identities: [],
  };
}
