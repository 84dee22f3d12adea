import { artifactTags, RUN_TAG } from '../../../shared/model/tags.ts';
import type { PurchasePlan } from '../../../shared/model/template.ts';
import type { ImageRequest } from '../../../shared/ports/azure.ts';
import { type Activity, operation, refuseIfCanceled } from '../activity.ts';
import type { Input } from '../../contract.ts';
import { diskOf } from '../resources.ts';

export const startManagedImage: Activity<'start-managed-image'> = async (app, input) => {
  const { plan, target } = input;
  if (input.replaces !== true) await refuseIfCanceled(app, plan.run);
  const { images } = app.azure(plan.subscriptionId);
  const existing = await images.get(target.imageId);
  if (existing?.tags[RUN_TAG] === plan.run.runId && existing.provisioningState === 'Succeeded')
    return { done: true };
  const started = await images.start(target.imageId, {
    location: target.location,
    tags: { ...target.artifactTags, ...artifactTags(app.name, plan), ...planTags(plan.source.plan) },
    generation: plan.source.generation,
    osType: plan.source.osType,
    source: sourceOf(input),
  });
  return operation(`create managed image ${target.imageId}`, started, 'image');
};

/** A managed image has no field for the plan that its machines need: tools agree on three tags, and Packer writes them. */
function planTags(plan: PurchasePlan | undefined): Record<string, string> {
  if (plan === undefined) return {};
  return { PlanName: plan.planName, PlanProduct: plan.planProduct, PlanPublisher: plan.planPublisher };
}

function sourceOf({ captured, snapshotId }: Input<'start-managed-image'>): ImageRequest['source'] {
  if (snapshotId !== undefined) return { snapshotId };
  if (captured.machineId !== undefined) return { machineId: captured.machineId };
  return { diskId: diskOf(captured) };
}
