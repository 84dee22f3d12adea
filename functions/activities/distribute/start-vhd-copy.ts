import { type Activity } from '../activity.ts';
import { diskOf } from '../resources.ts';
import { vhdLocation } from './vhd-location.ts';

/** The SAS lives only inside this call: it is fetched, handed to the copy and forgotten. */
export const startVhdCopy: Activity<'start-vhd-copy'> = async (app, input) => {
  const { plan, captured, handle } = input;
  const sas = await app.azure(plan.subscriptionId).disks.accessUrl(diskOf(captured), handle);
  await app.vhds.startCopy(vhdLocation(app, plan, input), sas, plan.run.runId);
  return null;
};
