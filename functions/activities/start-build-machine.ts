import { MACHINE } from '../../shared/build/names.ts';
import { type Activity, operation, templateOf } from './activity.ts';
import { stagingTags, subnetId } from './resources.ts';

/** The build VM: no public address, no inbound rule; disk and network card go with it. */
export const startBuildMachine: Activity<'start-build-machine'> = async (app, { plan, vmSize }) => {
  const { machines } = app.azure(plan.subscriptionId);
  const template = await templateOf(app, plan.run);
  const started = await machines.start(plan.stagingGroup, MACHINE, {
    location: plan.location,
    tags: await stagingTags(app, plan),
    vmSize,
    osType: plan.source.osType,
    image: plan.source.image,
    ...(plan.source.plan && { plan: plan.source.plan }),
    osDiskSizeGB: plan.osDiskSizeGB,
    security: plan.security,
    subnetId: subnetId(plan),
    identities: template.properties.vmProfile.userAssignedIdentities,
  });
  await app.store.runs.update(plan.run.ref, plan.run.runId, (run) =>
    run.vmSize === vmSize ? undefined : { ...run, vmSize },
  );
  return operation('create virtual machine', started);
};
