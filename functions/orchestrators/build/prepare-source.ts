import { needsImage } from '../../../shared/planning/needs-image.ts';
import type { BuildPlan, Captured } from '../../../shared/model/plan.ts';
import { deadlineWithin } from '../../../shared/model/time.ts';
import type { ResourceId } from '../../../shared/model/template.ts';
import type { OperationHandle } from '../../contract.ts';
import type { Planned } from './build.ts';
import { call, carriedOut, type Durable, type Piece } from '../durable.convert.ts';
import { LIMITS } from '../limits.ts';

/** Makes what the targets of a later distribution are made from, as far as the first did not need it. */
export function* prepareSource(build: Planned, captured: Captured): Piece<Captured> {
  const { df, plan, run } = build;
  const limits = {
    deadline: deadlineWithin(df.currentUtcDateTime, LIMITS.image),
    onTimeout: 'CaptureFailed',
  } as const;
  if (captured.machineId !== undefined) {
    if (captured.imageId !== undefined || !needsImage(plan)) return captured;
    const image = () => call(df, 'start-temporary-image', { plan });
    yield* carriedOut(df, run, image, { ...limits, id: 'image' });
    return yield* call(df, 'describe-captured', { plan });
  }
  const { imageId } = captured;
  const needsDisk = plan.targets.some((target) => target.type !== 'SharedImage' || target.home !== undefined);
  if (imageId === undefined || !needsDisk) return captured;
  yield* call(df, 'create-staging-group', { plan });
  const disk = () => startDisk(df, plan, imageId);
  const { osDiskId } = yield* carriedOut(df, run, disk, { ...limits, id: 'source-disk' });
  return { ...captured, osDiskId };
}

function* startDisk(
  df: Durable,
  plan: BuildPlan,
  versionId: ResourceId,
): Piece<OperationHandle & { osDiskId: ResourceId }> {
  const { osDiskId, handle } = yield* call(df, 'start-source-disk', { plan, versionId });
  return { ...handle, osDiskId };
}
