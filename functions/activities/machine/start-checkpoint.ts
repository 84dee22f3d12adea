import { MACHINE } from '../../../shared/planning/names.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { type Activity, operation } from '../activity.ts';
import { checkpointId, stagingTags } from '../resources.ts';

/**
 * An incremental snapshot of the disk of the machine while it runs, in a group that outlives the run, once the ledger knows of it.
 * https://learn.microsoft.com/azure/virtual-machines/disks-incremental-snapshots
 */
export const startCheckpoint: Activity<'start-checkpoint'> = async (app, { plan, after }) => {
  const { checkpoints, subscriptionId, location, run } = plan;
  const azure = app.azure(subscriptionId);
  const machine = await azure.machines.get(plan.stagingGroup, MACHINE);
  if (checkpoints === undefined || machine?.osDiskId === undefined)
    throw new KilnError({ code: 'CaptureFailed', message: 'The build VM has no managed disk to keep.' });
  const { group, expires } = checkpoints;
  const known = await app.store.ledger.update(subscriptionId, run.runId, (entry) => ({
    ...entry,
    cache: { group, expires },
  }));
  if (known === undefined)
    throw new KilnError({ code: 'CaptureFailed', message: 'The ledger does not know the run.' });
  const tags = await stagingTags(app, plan, expires);
  await azure.groups.put(group, location, tags);
  const request = { location, tags, diskId: machine.osDiskId };
  const started = await azure.snapshots.startSnapshot(checkpointId(plan, checkpoints, after), request);
  return operation('make a snapshot of the disk', started);
};
