import { KilnError } from '../../../shared/errors/failure.ts';
import { type Activity } from '../activity.ts';
import { snapshotId } from '../resources.ts';

export const checkSnapshotCopy: Activity<'check-snapshot-copy'> = async (app, { plan, region }) => {
  const id = snapshotId(plan, region);
  const progress = await app.azure(plan.subscriptionId).snapshots.copyProgress(id);
  if (progress !== undefined && progress.reason === undefined)
    return progress.percent >= 100 ? { done: true, value: { snapshotId: id } } : { done: false };
  const why = progress?.reason ?? 'it is gone';
  throw new KilnError({
    code: 'CaptureFailed',
    message: `The copy of the disk's snapshot to ${region} failed: ${why}.`,
    target: id,
  });
};
