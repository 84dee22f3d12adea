import { RUN_TAG, tagOf, TEMPLATE_TAG, templateTag } from '../../shared/build/tags.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { type Activity, operation, refuseIfCanceled } from './activity.ts';

/**
 * Makes room for the new image. AIB replaces any image of the name; Kiln replaces only one that a run of the same
 * template made, because the name may be a slip, unless the target says `replace`.
 */
export const startManagedImageRemoval: Activity<'start-managed-image-removal'> = async (
  app,
  { plan, target },
) => {
  await refuseIfCanceled(app, plan.run);
  const { images } = app.azure(plan.subscriptionId);
  const existing = await images.get(target.imageId);
  if (existing === undefined || existing.tags[RUN_TAG] === plan.run.runId) return { done: true };
  const template = templateTag(plan.run.ref);
  const isOwn = tagOf(existing.tags, TEMPLATE_TAG)?.toLowerCase() === template.toLowerCase();
  if (!isOwn && target.replace !== true) {
    const message = `The image ${target.imageId} exists and was not made by template ${template}; Kiln does not replace it. Write "replace": true on the target, delete the image or choose another name.`;
    throw new KilnError({ code: 'NotOurs', message, target: target.imageId });
  }
  return operation('delete the previous managed image', await images.startRemoval(target.imageId));
};
