import { type Activity, operation } from '../activity.ts';
import { sourceDiskId, tagsFor } from '../resources.ts';

/** A disk made of a gallery version, for targets that are made of a disk when the build's own is gone. */
export const startSourceDisk: Activity<'start-source-disk'> = async (app, { plan, versionId }) => {
  const tags = await tagsFor(app, plan, sourceDiskId(plan));
  const request = { location: plan.location, tags, versionId };
  const started = await app.azure(plan.subscriptionId).disks.startFromVersion(sourceDiskId(plan), request);
  return { osDiskId: sourceDiskId(plan), handle: operation(`make a disk of ${versionId}`, started) };
};
