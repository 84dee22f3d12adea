import { isOver } from '../../shared/commands/run-claim.ts';
import { askForSlot } from '../../shared/commands/slots.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { SECOND } from '../../shared/build/time.ts';
import { type Activity, refuseIfCanceled, runOf } from './activity.ts';

/** Looks whether the run may build now, or how many are before it; the run shows its place meanwhile. */
export const checkSlot: Activity<'check-slot'> = async (app, { run }) => {
  const current = await runOf(app, run);
  // A look that comes after a cancel must not take what the cancel gave back.
  if (isOver(current)) return { done: true, value: null };
  await refuseIfCanceled(app, run);
  const { ref, id: runId, priority = 0, startTime: since, position: shown } = current;
  let position: number | undefined;
  try {
    position = await askForSlot(app.store, { ref, runId, priority, since }, app.limits);
  } catch (error) {
    // Many ask at the same moment, and one change wins at a time: no reason to fail a run.
    if (!(error instanceof KilnError) || error.failure.code !== 'Conflict') throw error;
    return { done: false, retryAfterMs: 2 * SECOND };
  }
  if (position !== shown)
    await app.store.runs.update(run.ref, run.runId, ({ position: _position, ...rest }) => ({
      ...rest,
      ...(position !== undefined && { position }),
    }));
  if (position === undefined) return { done: true, value: null };
  return { done: false, retryAfterMs: Math.min(position, 15) * 2 * SECOND };
};
