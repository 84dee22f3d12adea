import { type Activity, operation, refuseIfCanceled } from './activity.ts';
import { diskOf } from './resources.ts';

/** A day: copies between regions are best effort. Clean-up takes the access back at once. */
const ACCESS_SECONDS = 86_400;

export const startDiskAccess: Activity<'start-disk-access'> = async (app, { plan, captured }) => {
  await refuseIfCanceled(app, plan.run);
  const { disks } = app.azure(plan.subscriptionId);
  return operation('get access to the disk', await disks.startAccess(diskOf(captured), ACCESS_SECONDS));
};
