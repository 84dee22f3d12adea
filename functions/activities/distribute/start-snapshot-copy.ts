import { type Activity, operation } from '../activity.ts';
import { snapshotId, tagsFor } from '../resources.ts';

/** Into another region. Several images of one region share the copy. */
export const startSnapshotCopy: Activity<'start-snapshot-copy'> = async (app, { plan, region }) => {
  const tags = await tagsFor(app, plan, snapshotId(plan, region));
  const request = { location: region, tags, snapshotId: snapshotId(plan) };
  const { snapshots } = app.azure(plan.subscriptionId);
  const started = await snapshots.startCopy(snapshotId(plan, region), request);
  return operation(`copy the snapshot to ${region}`, started);
};
