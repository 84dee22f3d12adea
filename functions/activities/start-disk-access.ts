import { type Activity, operation } from './activity.ts';
import { diskOf } from './resources.ts';

/** A day: copies between regions are best effort. Clean-up takes the access back at once. */
const ACCESS_SECONDS = 86_400;

export const startDiskAccess: Activity<'start-disk-access'> = async (app, { plan, captured }) => {
  const { disks } = app.azure(plan.subscriptionId);
  return operation('get access to the disk', await disks.startAccess(diskOf(captured), ACCESS_SECONDS));
};
