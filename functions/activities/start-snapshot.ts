import { type Activity, operation } from './activity.ts';
import { diskOf, snapshotId, stagingTags } from './resources.ts';

/** Of the captured disk; all copies to other regions are made of this one. */
export const startSnapshot: Activity<'start-snapshot'> = async (app, { plan, captured }) => {
  const tags = await stagingTags(app, plan);
  const request = { location: plan.location, tags, diskId: diskOf(captured) };
  const started = await app.azure(plan.subscriptionId).snapshots.startSnapshot(snapshotId(plan), request);
  return operation('make a snapshot of the disk', started);
};
