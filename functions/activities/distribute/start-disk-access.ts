import { withReader } from '../../../shared/model/documents/run.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import type { App } from '../../app.ts';
import { type Activity, operation, runOf } from '../activity.ts';
import type { Input } from '../../contract.ts';
import { diskOf } from '../resources.ts';

/** A day: copies between regions are best effort. Clean-up takes the access back at once. */
const ACCESS_SECONDS = 86_400;

/**
 * A disk gives access to one reader at a time, and its SAS is only in the answer to the request: when that answer was
 * lost, nobody can ever use the access. So the reader is written down before it asks, and one that finds the disk taken
 * by an access of its own ends that and begins again.
 */
export const startDiskAccess: Activity<'start-disk-access'> = async (app, input) => {
  const { plan, target, captured } = input;
  const before = await claim(app, input);
  const { disks } = app.azure(plan.subscriptionId);
  const disk = diskOf(captured);
  try {
    return operation('get access to the disk', await disks.startAccess(disk, ACCESS_SECONDS));
  } catch (error) {
    const isOwn = before === target.index;
    if (isOwn && error instanceof KilnError && error.failure.code === 'AzureConflict')
      await disks.revokeAccess(disk);
    throw error;
  }
};

/** Answers who read the disk before. Throws AzureConflict while that is another target: it waits for its turn. */
async function claim(app: App, { plan, target }: Input<'start-disk-access'>): Promise<number | undefined> {
  const { ref, runId } = plan.run;
  const { diskReader } = await runOf(app, plan.run);
  const run = await app.store.runs.update(ref, runId, (current) => withReader(current, target.index));
  if (run.diskReader === target.index) return diskReader;
  const message = `The disk is read for another VHD target (number ${String(run.diskReader)}) of the run.`;
  throw new KilnError({ code: 'AzureConflict', message, target: target.runOutputName });
}
