import type { Timestamp } from '../store/documents.ts';

/** Time arithmetic for orchestrators: pure, so that a replay computes the same values. */

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

export function timestamp(at: Date): Timestamp {
  return at.toISOString();
}

/** `from` moved by milliseconds. */
export function later(from: Date, milliseconds: number): Date {
  return new Date(from.getTime() + milliseconds);
}

export function isPast(deadline: Timestamp, now: Date): boolean {
  return now.getTime() >= Date.parse(deadline);
}

/** The earlier of a deadline and `milliseconds` from now. */
export function deadlineWithin(now: Date, milliseconds: number, limit?: Timestamp): Timestamp {
  const own = later(now, milliseconds);
  return limit !== undefined && Date.parse(limit) < own.getTime() ? limit : timestamp(own);
}

/** Whole and tenths of seconds between two moments. */
export function secondsBetween(start: Timestamp, end: Date): number {
  return Math.round((end.getTime() - Date.parse(start)) / 100) / 10;
}

/** Without a wish of the other side: quick at first, because short things are common, then ever slower. */
const PAUSES = [1, 2, 5, 10, 10, 10, 15, 20, 20, 30] as const;

/**
 * Milliseconds until the next look at something that takes long. The other side's wish wins. Without one the steps
 * stay inside the compute provider's budget of 12 reads of a machine a minute, 36 in a burst:
 * https://learn.microsoft.com/azure/virtual-machines/compute-throttling-limits
 */
export function pauseBeforeLook(looks: number, retryAfterMs: number | undefined): number {
  if (retryAfterMs !== undefined) return Math.min(Math.max(retryAfterMs, 10), 10 * MINUTE);
  return (PAUSES[looks] ?? 30) * SECOND;
}

/** Milliseconds before attempt number `attempt` (from 1) of a call that failed for a passing reason. */
export function pauseBeforeRetry(attempt: number, retryAfterMs: number | undefined): number {
  if (retryAfterMs !== undefined) return Math.min(Math.max(retryAfterMs, 10), 10 * MINUTE);
  return Math.min(2 * SECOND * 2 ** (attempt - 1), 2 * MINUTE);
}
