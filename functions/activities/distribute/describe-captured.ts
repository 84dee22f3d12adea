import { MACHINE } from '../../../shared/planning/names.ts';
import { needsImage } from '../../../shared/planning/needs-image.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import type { Activity } from '../activity.ts';
import { machineId, temporaryImageId } from '../resources.ts';

/** Names what the targets are made from. */
export const describeCaptured: Activity<'describe-captured'> = async (app, { plan }) => {
  const view = await app.azure(plan.subscriptionId).machines.get(plan.stagingGroup, MACHINE);
  if (view?.osDiskId === undefined) {
    throw new KilnError({
      code: 'CaptureFailed',
      message: `The build VM in ${plan.stagingGroup} has no managed disk to capture.`,
    });
  }
  return {
    machineId: machineId(plan),
    osDiskId: view.osDiskId,
    ...(needsImage(plan) && { imageId: temporaryImageId(plan) }),
  };
};
