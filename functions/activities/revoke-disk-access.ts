import { MACHINE } from '../../shared/build/names.ts';
import type { Activity } from './activity.ts';
import { sourceDiskId } from './resources.ts';

export const revokeDiskAccess: Activity<'revoke-disk-access'> = async (app, { plan }) => {
  if (!plan.targets.some((target) => target.type === 'VHD')) return null;
  const azure = app.azure(plan.subscriptionId);
  const view = await azure.machines.get(plan.stagingGroup, MACHINE);
  await azure.disks.revokeAccess(view?.osDiskId ?? sourceDiskId(plan));
  return null;
};
