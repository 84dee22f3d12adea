import type { CommandContext } from '../commands/context.ts';

const HOUR = 3_600_000;
/** Days that the engine's histories are kept: as long as Azure keeps finished instances of its own scheduler at most. */
export const HISTORY_DAYS = 30;
/** Kiln is no older, and neither is any history. */
const BEGINNING = Date.parse('2026-11-01T00:00:00Z');
/** One round of the janitor: half a day, or as many instances as some twenty builds have. */
const HOURS_A_ROUND = 12;
const ENOUGH = 1000;

/**
 * Forgets the engine's instances that were started more than 30 days ago and are over: some 600 table rows a run. What a run was, its
 * timeline and its logs are the store's and stay. An hour of instances at a time, and where it stopped is noted, so that
 * a deployment that was off for long catches up over some rounds.
 */
export async function purgeHistories({ store, orchestrations, now }: CommandContext): Promise<number> {
  const end = now().getTime() - HISTORY_DAYS * 24 * HOUR;
  const noted = await store.purges.get();
  let from = noted === undefined ? BEGINNING : Date.parse(noted);
  let purged = 0;
  for (let hour = 0; hour < HOURS_A_ROUND && from + HOUR <= end && purged < ENOUGH; hour += 1) {
    purged += await orchestrations.purge(new Date(from), new Date(from + HOUR));
    from += HOUR;
    await store.purges.put(new Date(from).toISOString());
  }
  return purged;
}
