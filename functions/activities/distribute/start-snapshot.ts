import { type Activity, operation } from '../activity.ts';
import { diskOf, snapshotId, tagsFor } from '../resources.ts';

/** Of the captured disk; all copies to other regions are made of this one. */
export const startSnapshot: Activity<'start-snapshot'> = async (app, { plan, captured }) => {
  const tags = await tagsFor(app, plan, snapshotId(plan));
  const request = { location: plan.location, tags, diskId: diskOf(captured) };
  const started = await app.azure(plan.subscriptionId).snapshots.startSnapshot(snapshotId(plan), request);
  return operation('make a snapshot of the disk', started);
};
