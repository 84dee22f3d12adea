import type { Timestamp } from './documents/documents.ts';

/** Time arithmetic for orchestrators: pure, so that a replay computes the same values. */

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** For which what a failed run has kept may stay: who needs machines for longer wants machines of their own. */
export const LONGEST_LEASE_DAYS = 30;

/** A length of time that says its unit where it is written: `{ minutes: 10 }`. */
export type Duration = {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
};

/** In whole seconds. */
export function secondsOf(time: Duration): number {
  return Math.round(lengthOf(time) / SECOND);
}

/** In milliseconds. */
export function lengthOf({ days = 0, hours = 0, minutes = 0, seconds = 0 }: Duration): number {
  return days * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND;
}

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

/** As much of a pause, in milliseconds, as there is before the deadline. */
export function pauseBefore(deadline: Timestamp, now: Date, pauseMs: number): number {
  return Math.max(0, Math.min(pauseMs, Date.parse(deadline) - now.getTime()));
}

/** The end of a time that begins now, or the given deadline when that is earlier. */
export function deadlineWithin(now: Date, time: Duration, limit?: Timestamp): Timestamp {
  const own = later(now, lengthOf(time));
  return limit !== undefined && Date.parse(limit) < own.getTime() ? limit : timestamp(own);
}

/** Whole and tenths of seconds between two moments. */
export function secondsBetween(start: Timestamp, end: Date): number {
  return Math.round((end.getTime() - Date.parse(start)) / 100) / 10;
}

/** Without a wish of the other side: quick at first, because short things are common, then ever slower. */
const PAUSES = [2, 3, 3, 3, 1, 1, 2, 2, 3, 3, 4, 5, 5, 5, 5, 8, 10, 10, 15, 15, 20, 20, 30] as const;

/**
 * Milliseconds until the next look at something that takes long. The other side's wish wins. Without one the steps
 * stay inside the compute provider's budget of 12 reads of a machine a minute, 36 in a burst:
 * https://learn.microsoft.com/azure/virtual-machines/compute-throttling-limits
 */
export function pauseBeforeLook(looks: number, retryAfterMs: number | undefined): number {
  if (retryAfterMs !== undefined) return Math.min(Math.max(retryAfterMs, 10), 10 * MINUTE);
  return (PAUSES[looks] ?? 30) * SECOND;
}

type Refused = { readonly retryAfterMs?: number; readonly crowded?: true };

/**
 * Milliseconds before attempt number `attempt` (from 1) of a call that failed for a passing reason. Who was refused in a crowd
 * waits twice as long each time, at most five minutes unless the other side asks for more.
 */
export function pauseBeforeRetry(attempt: number, { retryAfterMs, crowded }: Refused): number {
  if (retryAfterMs !== undefined && crowded === true)
    return Math.min(
      Math.max(retryAfterMs, Math.min(retryAfterMs * 2 ** (attempt - 1), 5 * MINUTE)),
      10 * MINUTE,
    );
  if (retryAfterMs !== undefined) return Math.min(Math.max(retryAfterMs, 10), 10 * MINUTE);
  return Math.min(2 * SECOND * 2 ** (attempt - 1), 2 * MINUTE);
}
