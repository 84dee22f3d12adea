import { deadlineWithin } from '../../../shared/model/time.ts';
import { coresWait, SLOT_WAIT, TURN_EVENT } from '../../../shared/planning/turn-of.ts';
import type { CoresWish } from '../../../shared/model/documents/documents.ts';
import type { Input } from '../../contract.ts';
import type { RunContext } from '../../../shared/model/plan.ts';
import { beginWait, call, type Durable, type Piece, unlessCanceled } from '../durable.convert.ts';
import { LIMITS } from '../limits.ts';

/** Waits until the limits of the deployment let one more build go. The build's own time starts afterwards. */
export function* awaitTurn(df: Durable, run: RunContext): Piece<void> {
  yield* inLine(df, { run }, SLOT_WAIT);
}

/** The same once a run has found that others of Kiln have the cores that it needs. */
export function* awaitCores(df: Durable, run: RunContext, cores: CoresWish, round: number): Piece<void> {
  const wait = coresWait(round);
  yield* inLine(df, { run, cores, wait }, wait);
}

function* inLine(df: Durable, input: Input<'check-slot'>, id: string): Piece<void> {
  const look = yield* call(df, 'check-slot', input);
  if (look.done) return;
  const deadline = deadlineWithin(df.currentUtcDateTime, LIMITS.turn);
  const limits = { deadline, onTimeout: 'QueueTimedOut', id, wakeOn: TURN_EVENT } as const;
  yield* unlessCanceled(df, beginWait(df, 'check-slot', input, limits));
}
