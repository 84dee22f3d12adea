import { type Activity, operation, templateOf } from './activity.ts';
import { stagingTags, subnetId } from './resources.ts';

/** A VM of the run: no public address, no inbound rule; disk and network card go with it. */
export const startBuildMachine: Activity<'start-build-machine'> = async (
  app,
  { plan, machine, vmSize, imageId },
) => {
  const { machines } = app.azure(plan.subscriptionId);
  const template = await templateOf(app, plan.run);
  const started = await machines.start(plan.stagingGroup, machine, {
    location: plan.location,
    tags: await stagingTags(app, plan),
    vmSize,
    osType: plan.source.osType,
    image: imageId === undefined ? plan.source.image : { kind: 'resource', id: imageId },
    ...(plan.source.plan && { plan: plan.source.plan }),
    osDiskSizeGB: plan.osDiskSizeGB,
    security: plan.security,
    subnetId: subnetId(plan),
    identities: template.properties.vmProfile.userAssignedIdentities,
  });
  if (machine === 'build') {
    await app.store.runs.update(plan.run.ref, plan.run.runId, (run) =>
      run.vmSize === vmSize ? undefined : { ...run, vmSize },
    );
  }
  return operation('create virtual machine', started);
};
