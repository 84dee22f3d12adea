import { deadlineWithin } from '../../../shared/model/time.ts';
import type { BuildPlan, Captured } from '../../../shared/model/plan.ts';
import type { Region, ResourceId } from '../../../shared/model/template.ts';
import { call, carriedOut, type Durable, PATIENT, type Piece, waitFor } from '../durable.convert.ts';
import { LIMITS } from '../limits.ts';

/** Attempts at the most two minutes apart: the copies before this one may take an hour and a half. */
const COPY_TURNS = 45;

type Copy = { readonly plan: BuildPlan; readonly captured: Captured; readonly region: Region };

/** A machine can be captured in its own region only; elsewhere a result is made of a copied snapshot of its disk. */
export function* copyDisk(df: Durable, { plan, captured, region }: Copy): Piece<{ snapshotId: ResourceId }> {
  // Copies between regions are best effort and may take hours.
  const limits = {
    deadline: deadlineWithin(df.currentUtcDateTime, LIMITS.snapshotCopy),
    onTimeout: 'CaptureFailed',
  } as const;
  const snapshot = () => call(df, 'start-snapshot', { plan, captured }, PATIENT);
  yield* carriedOut(df, plan.run, snapshot, { ...limits, id: 'snapshot' });
  // One copy of a disk at a time: the other regions are conflicts until it is their turn.
  const copy = () => call(df, 'start-snapshot-copy', { plan, region }, COPY_TURNS);
  yield* carriedOut(df, plan.run, copy, { ...limits, id: 'copy' });
  return yield* waitFor(df, 'check-snapshot-copy', { plan, region }, { ...limits, id: 'copied' });
}
