import { needsImage } from '../../shared/build/needs-image.ts';
import type { Captured } from '../../shared/build/plan.ts';
import { HOUR, deadlineWithin } from '../../shared/build/time.ts';
import type { Planned } from './build.ts';
import { call, carriedOut, finished, type Piece } from './durable.convert.ts';

/** Makes what the targets of a later distribution are made from, as far as the first did not need it. */
export function* prepareSource(build: Planned, captured: Captured): Piece<Captured> {
  const { df, plan, run } = build;
  const limits = {
    deadline: deadlineWithin(df.currentUtcDateTime, HOUR),
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
  const { osDiskId, handle } = yield* call(df, 'start-source-disk', { plan, versionId: imageId });
  yield* finished(df, run, handle, { ...limits, id: 'source-disk' });
  return { ...captured, osDiskId };
}
