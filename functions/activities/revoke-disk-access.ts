import { MACHINE } from '../../shared/build/names.ts';
import type { Activity } from './activity.ts';

export const revokeDiskAccess: Activity<'revoke-disk-access'> = async (app, { plan }) => {
  if (!plan.targets.some((target) => target.type === 'VHD')) return null;
  const azure = app.azure(plan.subscriptionId);
  const view = await azure.machines.get(plan.stagingGroup, MACHINE);
  if (view?.osDiskId !== undefined) await azure.disks.revokeAccess(view.osDiskId);
  return null;
};
