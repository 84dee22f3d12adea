import { MINUTE, SECOND } from '../model/time.ts';

/** Without a wish of Azure's: gallery reads are throttled early. */
const SHORTEST = 15 * SECOND;
const LONGEST = MINUTE;

/** A region under way: since when, and how many percent it has. */
export type Leg = { readonly elapsedMs: number; readonly progress: number };

/**
 * Milliseconds until the next look at a version that replicates: a fifth of the time that its quickest region still
 * needs by its own progress, so that looks are rare at first and frequent when something is about to happen. A region
 * whose progress does not move is quick to look far away, and is looked at every minute all the same.
 */
export function pauseBetweenLooks(legs: readonly Leg[], retryAfterMs: number | undefined): number {
  const shortest = retryAfterMs ?? SHORTEST;
  const left = legs.map(({ elapsedMs, progress }) =>
    progress <= 0 ? 0 : (elapsedMs * (100 - progress)) / progress,
  );
  return Math.round(
    Math.min(Math.max(Math.min(LONGEST * 5, ...left) / 5, shortest), Math.max(LONGEST, shortest)),
  );
}
