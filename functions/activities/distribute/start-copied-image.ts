import { type Activity, operation } from '../activity.ts';
import { copiedImageId, snapshotId, tagsFor } from '../resources.ts';

/** An image of a copied snapshot, in its region, for definitions that take no disk as the source of a version. */
export const startCopiedImage: Activity<'start-copied-image'> = async (app, { plan, region }) => {
  const { images } = app.azure(plan.subscriptionId);
  const id = copiedImageId(plan, region);
  const tags = await tagsFor(app, plan, id);
  const { generation, osType } = plan.source;
  const source = { snapshotId: snapshotId(plan, region) };
  const started = await images.start(id, {
    location: region,
    tags,
    generation,
    osType,
    source,
  });
  return operation(`make an image of the copied disk in ${region}`, started, 'image');
};
