import type { Timestamp } from '../model/timestamp.ts';
import type { Slot } from '../model/documents/documents.ts';

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

/** The wait of a run that found its cores in use, from 0: it may find that again. */
export function coresWait(round: number): string {
  return `cores-${round}`;
}

/** The instance that waits for a run's turn; made of the ids that its parents give. */
export function slotWaitOf({ runId, wait = SLOT_WAIT }: Pick<Slot, 'runId' | 'wait'>): string {
  return `${runId}:${wait}`;
}
