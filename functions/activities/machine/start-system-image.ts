import { type Activity, operation } from '../activity.ts';
import { tagsFor, systemDiskId, systemImageId } from '../resources.ts';

/** Makes the installed disk an image of the staging group, so that build VMs of any size can be made from it. */
export const startSystemImage: Activity<'start-system-image'> = async (app, { plan }) => {
  const { images } = app.azure(plan.subscriptionId);
  const started = await images.start(systemImageId(plan), {
    location: plan.location,
    tags: await tagsFor(app, plan, systemImageId(plan)),
    generation: plan.source.generation,
    osType: 'Linux',
    source: { diskId: systemDiskId(plan) },
  });
  return operation('make an image of the system of the ISO', started);
};
