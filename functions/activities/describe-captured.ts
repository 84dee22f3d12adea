import { MACHINE } from '../../shared/build/names.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { Activity } from './activity.ts';
import { machineId, temporaryImageId } from './resources.ts';

/** Names what the targets are made from. */
export const describeCaptured: Activity<'describe-captured'> = async (app, { plan }) => {
  const view = await app.azure(plan.subscriptionId).machines.get(plan.stagingGroup, MACHINE);
  if (view?.osDiskId === undefined) {
    throw new KilnError({
      code: 'CaptureFailed',
      message: `The build VM in ${plan.stagingGroup} has no managed disk to capture.`,
    });
  }
  const needsImage = plan.targets.some(
    (target) => target.type === 'SharedImage' && target.versionSource === 'image',
  );
  return {
    machineId: machineId(plan),
    osDiskId: view.osDiskId,
    ...(needsImage && { imageId: temporaryImageId(plan) }),
  };
};
