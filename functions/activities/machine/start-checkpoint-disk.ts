import { KilnError } from '../../../shared/errors/failure.ts';
import { type Activity, operation } from '../activity.ts';
import { checkpointDiskId, tagsFor } from '../resources.ts';

/** A disk made of the checkpoint that the plan begins with, for the build VM to attach. */
export const startCheckpointDisk: Activity<'start-checkpoint-disk'> = async (app, { plan }) => {
  const snapshotId = plan.checkpoints?.from?.snapshotId;
  if (snapshotId === undefined)
    throw new KilnError({ code: 'BrokenInvariant', message: 'The plan begins with no checkpoint.' });
  const id = checkpointDiskId(plan);
  const tags = await tagsFor(app, plan, id);
  const request = { location: plan.location, tags, snapshotId };
  const started = await app.azure(plan.subscriptionId).disks.startFromSnapshot(id, request);
  return operation('make a disk of the checkpoint', started);
};
