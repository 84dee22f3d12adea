import { RUN_TAG, tagOf, TEMPLATE_TAG, templateTag } from '../../shared/build/tags.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { type Activity, operation, runOf } from './activity.ts';

const REPLACED_BY_TAG = 'kiln-replaced-by';

/**
 * Makes room for the new image. AIB replaces any image of the name; Kiln replaces only one that a run of the same
 * template made, because the name may be a slip, unless the target says `replace`.
 */
export const startManagedImageRemoval: Activity<'start-managed-image-removal'> = async (
  app,
  { plan, target },
) => {
  const { images } = app.azure(plan.subscriptionId);
  const existing = await images.get(target.imageId);
  if (existing === undefined || existing.tags[RUN_TAG] === plan.run.runId) {
    // An earlier execution may have begun, and died before it could say so.
    const { replacing = [] } = await runOf(app, plan.run);
    return { done: true, replaces: replacing.includes(target.imageId) };
  }
  const template = templateTag(plan.run.ref);
  const isOwn = tagOf(existing.tags, TEMPLATE_TAG)?.toLowerCase() === template.toLowerCase();
  if (!isOwn && target.replace !== true) {
    const message = `The image ${target.imageId} exists and was not made by template ${template}; Kiln does not replace it. Write "replace": true on the target, delete the image or choose another name.`;
    throw new KilnError({ code: 'NotOurs', message, target: target.imageId });
  }
  // Only who may write may replace: the tag is a write of the same right as the new image needs.
  await images.tag(target.imageId, { ...existing.tags, [REPLACED_BY_TAG]: plan.run.runId });
  await app.store.runs.update(plan.run.ref, plan.run.runId, ({ replacing = [], ...run }) => ({
    ...run,
    replacing: [...new Set([...replacing, target.imageId])],
  }));
  const removal = await images.startRemoval(target.imageId);
  return { ...operation('delete the previous managed image', removal), replaces: true };
};
