import { MINUTE, SECOND } from '../build/time.ts';

/** Without a wish of Azure's: gallery reads are throttled early. */
const SHORTEST = 15 * SECOND;
const LONGEST = MINUTE;

/**
 * Milliseconds until the next look at a version that replicates: a fifth of the time that its quickest region still
 * needs by its own progress, so that looks are rare at first and frequent when something is about to happen.
 */
export function pauseBetweenLooks(
  elapsedMs: number,
  progress: readonly number[],
  retryAfterMs: number | undefined,
): number {
  const shortest = retryAfterMs ?? SHORTEST;
  const furthest = Math.max(0, ...progress);
  const left = furthest <= 0 ? 0 : (elapsedMs * (100 - furthest)) / furthest;
  return Math.round(Math.min(Math.max(left / 5, shortest), Math.max(LONGEST, shortest)));
}
