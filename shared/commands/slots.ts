import { type BuildLimits, NO_SLOTS, releaseSlots, takeSlot, withoutRuns } from '../build/slots.ts';
import { inParallel } from '../parallel.ts';
import type { Slot, Slots } from '../store/documents.ts';
import type { Store, Stored } from '../store/store.ts';
import type { RunId } from '../template/model.ts';
import { isOver } from './transitions.ts';
import { repeatLostRace } from './lost-race.ts';

/** Asks for a slot. Answers the place in line, from 1, or undefined when the run may build. */
export async function askForSlot(store: Store, run: Slot, limits: BuildLimits): Promise<number | undefined> {
  if (limits.total === 0 && limits.perSubscription === 0) return undefined;
  return repeatLostRace(false, async () => {
    const stored = await store.slots.get();
    const slots = stored?.value ?? NO_SLOTS;
    const first = takeSlot(slots, run, limits);
    // Runs that died hold their slots for ever. The first in line looks for them now and then: it reads every run that has
    // or wants a slot.
    const turn = first.position === 1 ? takeSlot(await withoutEnded(store, first.slots), run, limits) : first;
    await save(store, stored, turn.slots);
    return turn.position;
  });
}

/**
 * Gives a slot, or the place in line, back, and what is free to the next ones. Answers who they are: each of them may build,
 * and finds out by itself at its next look, or at once when it is woken.
 */
export async function giveSlotBack(
  store: Store,
  runId: RunId,
  limits: BuildLimits,
): Promise<readonly RunId[]> {
  return repeatLostRace(false, async () => {
    const stored = await store.slots.get();
    if (stored === undefined) return [];
    const { active, waiting } = stored.value;
    if (![...active, ...waiting].some((slot) => slot.runId === runId)) return [];
    const { slots, next } = releaseSlots(stored.value, [runId], limits);
    await save(store, stored, slots);
    return next;
  });
}

async function withoutEnded(store: Store, slots: Slots): Promise<Slots> {
  const ended = await inParallel([...slots.active, ...slots.waiting], async ({ ref, runId }) => {
    const run = await store.runs.get(ref, runId);
    return run === undefined || isOver(run) ? [runId] : [];
  });
  return withoutRuns(slots, ended.flat());
}

async function save(store: Store, stored: Stored<Slots> | undefined, slots: Slots): Promise<void> {
  if (stored?.value === slots) return;
  await store.slots.put(slots, stored === undefined ? 'absent' : { etag: stored.etag });
}
