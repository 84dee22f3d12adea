/** Milliseconds: what the service asks for counts, within these. */
const SOONEST = 1000;
const LATEST = 15_000;
/** Looks in a row, after the reader has come or done something, that do not wait for long: what was asked for begins soon. */
const EAGER = 4;
const SOON = 2000;
/** Looks in a row that found nothing new, after which the pause grows, and the longest while something goes on. */
const PATIENT = 4;
const GROWTH = 1.25;
const LATEST_LIVE = 5000;

/** How a page's looks have gone: how many since the reader came or did something, and how many of the last found nothing new. */
export type Looks = { readonly all: number; readonly unchanged: number };

/**
 * Milliseconds until the next look. `asked`: what `Retry-After` says, in milliseconds, or NaN. A step that says nothing for minutes is
 * looked at less often, and as soon as something has changed as often as before: fifty pages that wait for it cost little.
 */
export function pauseOf(asked: number, { all, unchanged }: Looks): number {
  const wanted = Number.isFinite(asked) ? Math.min(LATEST, Math.max(SOONEST, asked)) : LATEST;
  if (all < EAGER) return Math.min(SOON, wanted);
  if (wanted >= LATEST_LIVE) return wanted;
  return Math.min(LATEST_LIVE, wanted * GROWTH ** Math.max(0, unchanged - PATIENT));
}

/** After so many failures in a row. */
export function pauseAfterFailures(failures: number): number {
  return Math.min(LATEST, SOONEST * 2 ** failures);
}
