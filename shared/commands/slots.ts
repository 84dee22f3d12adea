import { type BuildLimits, releaseSlots, takeSlot, withoutRuns } from '../build/slots.ts';
import { inParallel } from '../parallel.ts';
import type { Slot, Slots } from '../store/documents.ts';
import type { Store } from '../store/store.ts';
import type { RunId } from '../template/model.ts';
import { isOver } from './transitions.ts';
import { changeSlots } from './slot-book.ts';

/** Asks for a slot. Answers the place in line, from 1, or undefined when the run may build. */
export async function askForSlot(store: Store, run: Slot, limits: BuildLimits): Promise<number | undefined> {
  if (limits.total === 0 && limits.perSubscription === 0) return undefined;
  return changeSlots(store, async (slots) => {
    const first = takeSlot(slots, run, limits);
    // Runs that died hold their slots for ever. The first in line looks for them now and then: it reads every run that has
    // or wants a slot.
    const turn = first.position === 1 ? takeSlot(await withoutEnded(store, first.slots), run, limits) : first;
    return { slots: turn.slots, answer: turn.position };
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
  return changeSlots<readonly RunId[]>(store, (current) => {
    const { active, waiting } = current;
    const isThere = [...active, ...waiting].some((slot) => slot.runId === runId);
    const { slots, next } = isThere ? releaseSlots(current, [runId], limits) : { slots: current, next: [] };
    return Promise.resolve({ slots, answer: next });
  });
}

async function withoutEnded(store: Store, slots: Slots): Promise<Slots> {
  const ended = await inParallel([...slots.active, ...slots.waiting], async ({ ref, runId }) => {
    const run = await store.runs.get(ref, runId);
    return run === undefined || isOver(run) ? [runId] : [];
  });
  return withoutRuns(slots, ended.flat());
}
