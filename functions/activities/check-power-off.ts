import { MACHINE } from '../../shared/build/names.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { Activity } from './activity.ts';

export const checkPowerOff: Activity<'check-power-off'> = async (app, { plan }) => {
  const view = await app.azure(plan.subscriptionId).machines.get(plan.stagingGroup, MACHINE);
  if (view === undefined) {
    throw new KilnError({
      code: 'AzureNotFound',
      message: `The build VM in ${plan.stagingGroup} was deleted during deprovisioning.`,
    });
  }
  if (view.power === 'stopped' || view.power === 'deallocated') return { done: true, value: null };
  return { done: false, ...(view.retryAfterMs !== undefined && { retryAfterMs: view.retryAfterMs }) };
};
