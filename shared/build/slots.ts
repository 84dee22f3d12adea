import type { Slot, Slots } from '../store/documents.ts';
import type { RunId } from '../template/model.ts';
import { turnOf } from './turn-of.ts';

/** How many builds may be at work at the same time; 0: any number. */
export type BuildLimits = { readonly total: number; readonly perSubscription: number };

export const NO_SLOTS: Slots = { schema: 1, active: [], waiting: [] };

export type Turn = {
  readonly slots: Slots;
  /** Undefined: the run has a slot. Otherwise its place among those that wait, from 1. */
  readonly position?: number;
};

/** Gives a run a slot if one is left after those that come before it, or a place to wait. Pure; asking again is free. */
export function takeSlot(slots: Slots, run: Slot, limits: BuildLimits): Turn {
  if (slots.active.some(({ runId }) => runId === run.runId)) return { slots };
  const isKnown = slots.waiting.some(({ runId }) => runId === run.runId);
  const asked = isKnown ? slots : { ...slots, waiting: [...slots.waiting, run] };
  const admitted = admissible(asked, limits);
  if (!admitted.some(({ runId }) => runId === run.runId)) {
    const position = placeOf(asked, run.runId);
    return { slots: asked, ...(position !== undefined && { position }) };
  }
  return { slots: admit(asked, [run]) };
}

/** Takes slots, and places in line, back and hands what is free to those whose turn it is: `next`. */
export function releaseSlots(
  slots: Slots,
  runs: readonly RunId[],
  limits: BuildLimits,
): { readonly slots: Slots; readonly next: readonly RunId[] } {
  const left = withoutRuns(slots, runs);
  const next = admissible(left, limits);
  return { slots: admit(left, next), next: next.map(({ runId }) => runId) };
}

export function withoutRuns(slots: Slots, runs: readonly RunId[]): Slots {
  const stays = ({ runId }: Slot) => !runs.includes(runId);
  return { ...slots, active: slots.active.filter(stays), waiting: slots.waiting.filter(stays) };
}

/** Place among those that wait, from 1. Undefined: the run does not wait. */
export function placeOf({ waiting }: Slots, run: RunId): number | undefined {
  const index = waiting.toSorted(byTurn).findIndex(({ runId }) => runId === run);
  return index < 0 ? undefined : index + 1;
}

/** Those that wait and fit now, in order. */
function admissible({ active, waiting }: Slots, limits: BuildLimits): Slot[] {
  const admitted: Slot[] = [];
  for (const slot of waiting.toSorted(byTurn))
    if (fits([...active, ...admitted], slot, limits)) admitted.push(slot);
  return admitted;
}

function admit(slots: Slots, admitted: readonly Slot[]): Slots {
  const left = withoutRuns(
    slots,
    admitted.map(({ runId }) => runId),
  );
  return { ...left, active: [...left.active, ...admitted] };
}

function byTurn(a: Slot, b: Slot): number {
  return turnOf(a.priority, a.since) - turnOf(b.priority, b.since) || a.runId.localeCompare(b.runId);
}

/** A subscription that is full lets those of others pass. */
function fits(active: readonly Slot[], { ref }: Slot, { total, perSubscription }: BuildLimits): boolean {
  const key = ref.subscriptionId.toLowerCase();
  const inSubscription = active.filter((slot) => slot.ref.subscriptionId.toLowerCase() === key).length;
  return (
    (total === 0 || active.length < total) && (perSubscription === 0 || inSubscription < perSubscription)
  );
}
