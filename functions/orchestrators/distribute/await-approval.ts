import { lengthOf, later, timestamp } from '../../../shared/model/time.ts';
import type { Failure } from '../../../shared/errors/failure.ts';
import { approvalEvent } from '../../../shared/distribution/approval.ts';
import type { Orchestrations } from '../../contract.ts';
import { stepEntry } from '../build/build.ts';
import { asResult, call, cancelOf, type Durable, type Piece } from '../durable.convert.ts';
import { LIMITS } from '../limits.ts';

const CANCELED: Failure = { code: 'RunCanceled', message: 'The run was canceled.' };

type Gate = Pick<Orchestrations['publish-gallery-version'][0], 'plan' | 'target'> & { readonly ring: number };

/**
 * Waits until somebody lets the next ring begin, or the run is canceled. Undefined when it may; otherwise why not.
 * The instance of a target outlives its run's, so that a cancel is raised to it too (shared/commands/cancel-run.ts).
 */
export function* awaitApproval(df: Durable, { plan, target, ring }: Gate): Piece<Failure | undefined> {
  const ends = later(df.currentUtcDateTime, lengthOf(LIMITS.approval));
  const step = `${target.runOutputName} › ring ${ring}`;
  const note = `Waits until ${timestamp(ends)} for an approval.`;
  const entry = stepEntry(df, 'distribute', step, { event: 'note', message: note });
  const announced = yield* asResult(call(df, 'announce-gate', { run: plan.run, entry }));
  if (!announced.ok) return announced.error;
  const approved = df.waitForExternalEvent(approvalEvent(ring, true));
  const rejected = df.waitForExternalEvent(approvalEvent(ring, false));
  const canceled = cancelOf(df);
  if (canceled.isCompleted) return CANCELED;
  const timeout = df.createTimer(ends);
  const winner = yield df.Task.any([approved, rejected, canceled, timeout]);
  if (winner !== timeout) timeout.cancel();
  if (winner === approved) return undefined;
  if (winner === canceled) return CANCELED;
  const message =
    winner === rejected
      ? `Ring ${ring} was not approved.`
      : `Nobody approved ring ${ring} within ${LIMITS.approval.hours} hours.`;
  return { code: 'OperationNotAllowed', message, target: target.galleryImageId };
}
