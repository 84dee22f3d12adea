import type { Activity } from '../activity.ts';
import { vhdLocation } from './vhd-location.ts';

/** Takes away the half of a VHD that a failed or canceled copy has left. */
export const discardVhdCopy: Activity<'discard-vhd-copy'> = async (app, { plan, target, copy }) => {
  await app.vhds.discardCopy(vhdLocation(app, plan, { target, copy }), plan.run.runId);
  return null;
};
