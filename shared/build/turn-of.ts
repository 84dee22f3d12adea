import type { Timestamp } from '../store/timestamp.ts';
import type { RunId } from '../template/model.ts';

/** Milliseconds of waiting that a step of priority is worth. */
const STEP = 3_600_000;

/**
 * The moment by which those that wait are ordered, in milliseconds: since when they wait, an hour earlier for each step of
 * priority. It never changes, so that whoever waits comes closer with everybody that goes, and nobody waits for ever.
 */
export function turnOf(priority: number, since: Timestamp): number {
  return Date.parse(since) - priority * STEP;
}

// Durable names: runs that were started by another version may be waiting under them.

/** Wakes a run that waits for its turn. */
export const TURN_EVENT = 'turn';
/** Id of the wait among the instances of a run. */
export const SLOT_WAIT = 'slot';

/** The instance that waits for a run's turn; made of the ids that its parents give. */
export function slotWaitOf(run: RunId): string {
  return `${run}:${SLOT_WAIT}`;
}
