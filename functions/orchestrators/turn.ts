import { deadlineWithin, HOUR } from '../../shared/build/time.ts';
import { SLOT_WAIT, TURN_EVENT } from '../../shared/build/turn-of.ts';
import type { RunContext } from '../../shared/build/plan.ts';
import { beginWait, call, type Durable, type Piece, unlessCanceled } from './durable.convert.ts';

/** Long enough for any queue that still moves. */
const PATIENCE = 7 * 24 * HOUR;

/** Waits until the limits of the deployment let one more build go. The build's own time starts afterwards. */
export function* awaitTurn(df: Durable, run: RunContext): Piece<void> {
  const look = yield* call(df, 'check-slot', { run });
  if (look.done) return;
  const deadline = deadlineWithin(df.currentUtcDateTime, PATIENCE);
  const limits = { deadline, onTimeout: 'QueueTimedOut', id: SLOT_WAIT, wakeOn: TURN_EVENT } as const;
  yield* unlessCanceled(df, beginWait(df, 'check-slot', { run }, limits));
}
