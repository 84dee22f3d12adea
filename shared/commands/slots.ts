import { coresFit, holdsCores, withCores, withoutCores } from '../planning/cores.ts';
import { type BuildLimits, releaseCores, releaseSlots, takeSlot, withoutRuns } from '../planning/slots.ts';
import { MINUTE, SECOND } from '../model/time.ts';
import { inParallel } from '../parallel.ts';
import type { CoresWish, Slot, Slots } from '../model/documents/documents.ts';
import type { Store } from '../ports/store.ts';
import type { RunId } from '../model/template.ts';
import { isOver } from '../model/documents/run.ts';
import { changeSlots } from './slot-book.ts';

/** Milliseconds: whoever frees a place wakes the next in line, so that a line that has not moved for so long is still true. */
const FRESH = 10 * SECOND;

/** Asks for a slot. Answers the place in line, from 1, or undefined when the run may build. */
export async function askForSlot(store: Store, run: Slot, limits: BuildLimits): Promise<number | undefined> {
  if (limits.total === 0 && limits.perSubscription === 0 && run.cores === undefined) return undefined;
  const known = store.slots.recall(FRESH)?.value;
  const place = known && unchangedPlace(known, run, limits);
  if (place !== undefined && place > 1) return place;
  return changeSlots(store, async (slots) => {
    const first = takeSlot(slots, run, limits);
    // Runs that died hold their slots for ever. The first in line looks for them now and then.
    const turn = first.position === 1 ? takeSlot(await withoutEnded(store, first.slots), run, limits) : first;
    return { slots: turn.slots, answer: turn.position };
  });
}

/**
 * Gives a slot, or the place in line, back, and what is free to the next ones. Answers who they are: each of them may build,
 * and finds out by itself at its next look, or at once when it is woken.
 */
export function giveSlotBack(store: Store, runId: RunId, limits: BuildLimits): Promise<readonly Slot[]> {
  return changeSlots<readonly Slot[]>(store, (slots) => {
    const isThere = [...slots.active, ...slots.waiting].some((slot) => slot.runId === runId);
    const { next, ...after } = isThere ? releaseSlots(slots, [runId], limits) : { slots, next: [] };
    return Promise.resolve({ ...after, answer: next });
  });
}

/** The same for the cores of a run whose VMs are gone. */
export function giveCoresBack(store: Store, runId: RunId, limits: BuildLimits): Promise<readonly Slot[]> {
  return changeSlots<readonly Slot[]>(store, (slots) => {
    const { next, ...after } = holdsCores(slots, runId)
      ? releaseCores(slots, [runId], limits)
      : { slots, next: [] };
    return Promise.resolve({ ...after, answer: next });
  });
}

/** Takes the cores for a run when they are there. False: other runs of Kiln have them, and it has to wait in line. */
export function takeCores(
  store: Store,
  { ref, runId }: Pick<Slot, 'ref' | 'runId'>,
  wish: (slots: Slots) => CoresWish,
): Promise<boolean> {
  return changeSlots(store, (slots) => {
    const run = { ref, runId, cores: wish(slots) };
    const fits = holdsCores(slots, runId) || coresFit(slots, run);
    return Promise.resolve({ slots: fits ? withCores(slots, run) : slots, answer: fits });
  });
}

/** Of a run that is in line, and stays there. Undefined when its look changes the line. */
function unchangedPlace(slots: Slots, run: Slot, limits: BuildLimits): number | undefined {
  const turn = takeSlot(slots, run, limits);
  return turn.slots === slots ? turn.position : undefined;
}

/** A run that is over needs no slot; the cores of its VMs are free when it was cleaned up, or left to the janitor. */
async function withoutEnded(store: Store, slots: Slots): Promise<Slots> {
  const { active, cores = [] } = slots;
  const refs = new Map([...active, ...cores].map(({ runId, ref }) => [runId, ref]));
  const runs = await inParallel([...refs], async ([runId, ref]) => {
    const run = await store.runs.glance(ref, runId, MINUTE);
    const isEnded = run === undefined || isOver(run);
    return { runId, isEnded, isGone: isEnded && (run === undefined || run.cleanup !== undefined) };
  });
  const ended = runs.filter(({ isEnded }) => isEnded).map(({ runId }) => runId);
  const gone = runs.filter(({ isGone }) => isGone).map(({ runId }) => runId);
  return ended.length === 0 ? slots : withoutCores(withoutRuns(slots, ended), gone);
}
