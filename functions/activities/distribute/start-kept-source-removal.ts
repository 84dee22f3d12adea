import { RUN_TAG } from '../../../shared/model/tags.ts';
import { keptSourceId } from '../../../shared/distribution/kept-source.ts';
import { type Activity, operation } from '../activity.ts';

/** For an image that no version came of. */
export const startKeptSourceRemoval: Activity<'start-kept-source-removal'> = async (
  app,
  { plan, target },
) => {
  const { images } = app.azure(plan.subscriptionId);
  const id = keptSourceId(plan, target);
  const existing = await images.get(id);
  if (existing?.tags[RUN_TAG] !== plan.run.runId) return { done: true };
  return operation('delete the source of a version that was not made', await images.startRemoval(id));
};
