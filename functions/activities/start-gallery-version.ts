import type { Captured, TargetPlan } from '../../shared/build/plan.ts';
import type { VersionRequest } from '../../shared/azure/ports.ts';
import type { App } from '../app.ts';
import { type Activity, operation, refuseIfCanceled, templateOf } from './activity.ts';
import type { Input } from './contract.ts';
import { artifactTags } from './start-managed-image.ts';

/** The one PUT with every region. The version stays out of `latest` until it is promoted. */
export const startGalleryVersion: Activity<'start-gallery-version'> = async (app, input) => {
  await refuseIfCanceled(app, input.plan.run);
  const { galleries } = app.azure(input.plan.subscriptionId);
  const request = await versionRequest(app, input, true);
  const started = await galleries.startVersion(input.target.galleryImageId, input.version, request);
  return operation(`create version ${input.version} of ${input.target.galleryImageId}`, started);
};

/** The whole desired state: a PUT that leaves out a region removes it. */
export async function versionRequest(
  app: App,
  { plan, target, captured }: Input<'start-gallery-version'>,
  excludeFromLatest: boolean,
): Promise<VersionRequest> {
  const template = await templateOf(app, plan.run);
  const distributor = template.properties.distribute[target.index];
  return {
    location: plan.location,
    tags: { ...distributor?.artifactTags, ...artifactTags(app.name, plan) },
    source: sourceOf(target, captured),
    regions: target.regions,
    excludeFromLatest,
    replicationMode: distributor?.type === 'SharedImage' ? distributor.replicationMode : 'Full',
  };
}

function sourceOf(
  target: Extract<TargetPlan, { type: 'SharedImage' }>,
  captured: Captured,
): VersionRequest['source'] {
  const useImage = target.versionSource === 'image' && captured.imageId !== undefined;
  return useImage ? { imageId: captured.imageId } : { machineId: captured.machineId };
}
