import { isOver } from '../../../shared/model/documents/run.ts';
import { askForSlot } from '../../../shared/commands/slots.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { SECOND } from '../../../shared/model/time.ts';
import { type Activity, refuseIfCanceled, glanceAt } from '../activity.ts';

/** Places in line from which on a look every five minutes is enough. */
const FAR = 30;

/**
 * Looks whether the run may build now. Whoever gives a slot back wakes the next ones, so that these looks are for what was
 * missed: a process that died, or a run that ended without telling.
 */
export const checkSlot: Activity<'check-slot'> = async (app, { run, cores, wait }) => {
  const current = await glanceAt(app, run);
  // A look that comes after a cancel must not take what the cancel gave back.
  if (isOver(current)) return { done: true, value: null };
  await refuseIfCanceled(app, run);
  const { ref, id: runId, priority = 0, startTime: since } = current;
  try {
    const slot = {
      ref,
      runId,
      priority,
      since,
      ...(cores && { cores }),
      ...(wait !== undefined && { wait }),
    };
    const position = await askForSlot(app.store, slot, app.limits);
    if (position === undefined) return { done: true, value: null };
    return { done: false, retryAfterMs: Math.min(position, FAR) * 10 * SECOND };
  } catch (error) {
    // Many ask at the same moment, and one change wins at a time: no reason to fail a run.
    if (!(error instanceof KilnError) || error.failure.code !== 'Conflict') throw error;
    return { done: false, retryAfterMs: 2 * SECOND };
  }
};
