import { type Activity, operation } from '../activity.ts';
import { machineId, tagsFor, temporaryImageId } from '../resources.ts';

/** An image in the staging group, for definitions that refuse a machine as the source of a version. */
export const startTemporaryImage: Activity<'start-temporary-image'> = async (app, { plan }) => {
  const { images } = app.azure(plan.subscriptionId);
  const id = temporaryImageId(plan);
  if ((await images.get(id))?.provisioningState === 'Succeeded') return { done: true };
  const tags = await tagsFor(app, plan, id);
  const { generation, osType } = plan.source;
  const source = { machineId: machineId(plan) };
  const request = { location: plan.location, tags, generation, osType, source };
  return operation('capture the machine as an image', await images.start(id, request), 'image');
};
