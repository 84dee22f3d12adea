import { replacing } from '../../../shared/model/documents/run.ts';
import { isMadeBy, RUN_TAG } from '../../../shared/model/tags.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { type Activity, operation, runOf } from '../activity.ts';

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
  const { ref } = plan.run;
  if (!isMadeBy(ref, target.imageId, existing.tags) && target.replace !== true) {
    const message = `The image ${target.imageId} exists and was not made by template ${ref.resourceGroup}/${ref.name} of this subscription; Kiln does not replace it. Write "replace": true on the target, delete the image or choose another name.`;
    throw new KilnError({ code: 'NotOurs', message, target: target.imageId });
  }
  // Only who may write may replace: the tag is a write of the same right as the new image needs.
  await images.tag(target.imageId, { ...existing.tags, [REPLACED_BY_TAG]: plan.run.runId });
  await app.store.runs.update(plan.run.ref, plan.run.runId, (current) => replacing(current, target.imageId));
  const removal = await images.startRemoval(target.imageId);
  return { ...operation('delete the previous managed image', removal), replaces: true };
};
