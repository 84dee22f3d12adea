import { HOUR } from '../model/time.ts';
import type { CommandContext } from '../commands/context.ts';

/** Days that the engine's histories are kept: longer than a run may wait for an approval. A build to 20 regions leaves 0.5 MB. */
export const HISTORY_DAYS = 7;
/** Kiln is no older, and neither is any history. */
const BEGINNING = Date.parse('2026-11-01T00:00:00Z');
/** One round of the janitor: half a day, or as many instances as some fifty builds to 20 regions have. */
const HOURS_A_ROUND = 12;
const ENOUGH = 5000;

/**
 * Forgets the engine's instances that were started more than 7 days ago and are over: some 600 table rows a run. What a run was, its
 * timeline and its logs are the store's and stay. An hour of instances at a time, and where it stopped is noted, so that
 * a deployment that was off for long catches up over some rounds.
 */
export async function purgeHistories({ store, engine, now }: CommandContext): Promise<number> {
  const end = now().getTime() - HISTORY_DAYS * 24 * HOUR;
  const noted = await store.purges.get();
  let from = noted === undefined ? BEGINNING : Date.parse(noted);
  let purged = 0;
  for (let hour = 0; hour < HOURS_A_ROUND && from + HOUR <= end && purged < ENOUGH; hour += 1) {
    purged += await engine.purge(new Date(from), new Date(from + HOUR));
    from += HOUR;
    await store.purges.put(new Date(from).toISOString());
  }
  return purged;
}
