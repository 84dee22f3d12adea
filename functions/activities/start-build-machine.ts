import type { MachineRequest } from '../../shared/azure/ports.ts';
import type { BuildPlan } from '../../shared/build/plan.ts';
import { MEDIUM_LUN, SYSTEM_LUN } from '../../shared/guest/iso/common.ts';
import type { ImageTemplate, ResourceId } from '../../shared/template/model.ts';
import { type Activity, operation, templateOf } from './activity.ts';
import { machineId, tagsFor, subnetId, systemDiskId, systemImageId } from './resources.ts';

/** A VM of the run: no public address, no inbound rule; disk and network card go with it. */
export const startBuildMachine: Activity<'start-build-machine'> = async (
  app,
  { plan, machine, vmSize, imageId },
) => {
  const { machines } = app.azure(plan.subscriptionId);
  const template = await templateOf(app, plan.run);
  const started = await machines.start(plan.stagingGroup, machine, {
    location: plan.location,
    tags: await tagsFor(app, plan, machineId(plan, machine)),
    vmSize,
    subnetId: subnetId(plan),
    ...(machine === 'install' ? helperMachine(plan) : buildMachine(plan, template, imageId)),
  });
  if (machine === 'build') {
    await app.store.runs.update(plan.run.ref, plan.run.runId, (run) =>
      run.vmSize === vmSize ? undefined : { ...run, vmSize },
    );
  }
  return operation('create virtual machine', started);
};

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
