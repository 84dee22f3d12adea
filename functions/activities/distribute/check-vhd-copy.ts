import { KilnError } from '../../../shared/errors/failure.ts';
import { type Activity, refuseIfCanceled } from '../activity.ts';
import { vhdLocation } from './vhd-location.ts';

export const checkVhdCopy: Activity<'check-vhd-copy'> = async (app, { plan, target, copy }) => {
  const uri = vhdLocation(app, plan, { target, copy });
  const { state, reason } = await app.vhds.look(uri);
  if (state === 'success') return { done: true, value: { uri } };
  if (state === 'pending') {
    await refuseIfCanceled(app, plan.run);
    return { done: false };
  }
  const why = reason ?? (state === 'absent' ? 'the blob is not there' : 'the storage service gave no reason');
  throw new KilnError({
    code: 'DistributionFailed',
    message: `The copy of the VHD to ${uri} failed: ${why}.`,
    target: target.runOutputName,
  });
};
