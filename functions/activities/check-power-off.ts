import { MACHINE } from '../../shared/build/names.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { DEPROVISIONING_FAILED } from '../../shared/guest/deprovision.ts';
import type { Azure } from '../../shared/azure/ports.ts';
import type { Activity } from './activity.ts';

/**
 * Deprovisioning has ended when the machine is off. One that failed says so on the serial console, which is read from
 * outside: waiting for the deadline would tell nothing more.
 */
export const checkPowerOff: Activity<'check-power-off'> = async (app, { plan }) => {
  const { machines } = app.azure(plan.subscriptionId);
  const view = await machines.get(plan.stagingGroup, MACHINE);
  if (view === undefined) {
    throw new KilnError({
      code: 'AzureNotFound',
      message: `The build VM in ${plan.stagingGroup} was deleted during deprovisioning.`,
    });
  }
  if (view.power === 'stopped' || view.power === 'deallocated') return { done: true, value: null };
  const said = await failureOnConsole(machines, plan.stagingGroup);
  if (said !== undefined)
    throw new KilnError({ code: 'GeneralizeFailed', message: `Deprovisioning failed. ${said}` });
  return { done: false, ...(view.retryAfterMs !== undefined && { retryAfterMs: view.retryAfterMs }) };
};

async function failureOnConsole(machines: Azure['machines'], group: string): Promise<string | undefined> {
  // Without boot diagnostics there is no console; the deadline of the phase ends the wait then.
  const log = await machines.serialLog(group, MACHINE).catch((error: unknown) => {
    if (error instanceof KilnError) return '';
    throw error;
  });
  const at = log.lastIndexOf(DEPROVISIONING_FAILED);
  return at < 0
    ? undefined
    : log
        .slice(at, at + 2000)
        .replaceAll('\r', '')
        .trimEnd();
}
