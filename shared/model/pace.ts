import { MINUTE, SECOND } from './time.ts';

/**
 * Seconds that Azure's operations take: medians of recorded ones (n from 1 to 95), and for the creation of a machine and
 * the removal of a group what people reported. They say when a look is worth its request, never how it ends.
 */
const USUAL = {
  /** From the request to the start of the script. */
  command: 10,
  network: 5,
  machine: 60,
  deallocate: 18,
  restart: 36,
  image: 5,
  version: 429,
  'version change': 150,
  'version removal': 135,
  'group removal': 240,
} as const;

export type Usual = keyof typeof USUAL;
/** When something began that usually takes so long. */
export type Due = { readonly since: string; readonly usual: Usual };

/** No look is worth it before this part of the time is over. */
const EARLY = 0.6;
/** Of the usual time between two looks, and the limits of that. */
const PART = 1 / 20;
const [SHORTEST, LONGEST] = [SECOND, 15 * SECOND];
/** Whoever waits may be asked to stop. */
const AWAKE = MINUTE;
/** Clocks and answers are never exact; a look a moment too early costs a whole pause. */
const SLACK = 300;

/**
 * Milliseconds until the next look at an operation, and whether that is worth a request to Azure now. Looks come close
 * around the time when such operations end, never faster than Azure wishes, so that what is over is seen at once.
 */
export function paceOf({ since, usual }: Due, now: Date, wishMs = 0): { isEarly: boolean; pauseMs: number } {
  const length = USUAL[usual] * SECOND;
  const elapsed = now.getTime() - Date.parse(since);
  const beat = Math.max(within(length * PART), wishMs);
  const end = length + SLACK;
  const first = Math.max(length * EARLY, wishMs);
  // A look before the end that Azure would not let be followed by one just behind it costs more than it tells.
  const early = end - first < beat ? Math.max(end, first) : first;
  if (elapsed < early) return { isEarly: true, pauseMs: Math.min(Math.max(early - elapsed, 10), AWAKE) };
  const left = end - elapsed;
  const looks = Math.floor(left / beat);
  // The looks that fit before the usual end are spread so that the last of them is just behind it.
  if (looks >= 1) return { isEarly: false, pauseMs: Math.round(left / looks) };
  const late = Math.max(within((elapsed - length) * PART * 4), wishMs);
  return { isEarly: false, pauseMs: Math.round(left > 0 ? Math.max(left, wishMs) : late) };
}

function within(milliseconds: number): number {
  return Math.min(Math.max(milliseconds, SHORTEST), LONGEST);
}

/**
 * The same for what begins with such an operation and goes on for nobody knows how long: until the usual time is over. Undefined
 * afterwards.
 */
export function paceToBegin(due: Due | undefined, now: Date): ReturnType<typeof paceOf> | undefined {
  if (due === undefined) return undefined;
  const elapsed = now.getTime() - Date.parse(due.since);
  return elapsed < USUAL[due.usual] * SECOND + SLACK ? paceOf(due, now) : undefined;
}
