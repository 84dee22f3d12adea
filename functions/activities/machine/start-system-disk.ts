import { type Activity, operation } from '../activity.ts';
import { tagsFor, systemDiskId } from '../resources.ts';

/** The empty disk that the system of an ISO is installed onto. */
export const startSystemDisk: Activity<'start-system-disk'> = async (app, { plan }) => {
  const { disks } = app.azure(plan.subscriptionId);
  const started = await disks.startEmpty(systemDiskId(plan), {
    location: plan.location,
    tags: await tagsFor(app, plan, systemDiskId(plan)),
    sizeGB: plan.install?.systemDiskGB ?? 0,
    generation: plan.source.generation,
  });
  return operation('create the disk for the system of the ISO', started);
};
