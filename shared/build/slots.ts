import type { Slot, Slots } from '../store/documents.ts';
import type { RunId } from '../template/model.ts';

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
  const waiting = isKnown ? slots.waiting : [...slots.waiting, run];
  const order = waiting.toSorted(byTurn);
  const place = order.findIndex(({ runId }) => runId === run.runId);
  const admitted = order
    .slice(0, place + 1)
    .reduce((active, slot) => (fits(active, slot, limits) ? [...active, slot] : active), slots.active);
  if (!admitted.some(({ runId }) => runId === run.runId))
    return { slots: isKnown ? slots : { ...slots, waiting }, position: place + 1 };
  const left = waiting.filter(({ runId }) => runId !== run.runId);
  return { slots: { ...slots, active: [...slots.active, run], waiting: left } };
}

export function releaseSlots(slots: Slots, runs: readonly RunId[]): Slots {
  const stays = ({ runId }: Slot) => !runs.includes(runId);
  return { ...slots, active: slots.active.filter(stays), waiting: slots.waiting.filter(stays) };
}

function byTurn(a: Slot, b: Slot): number {
  return b.priority - a.priority || a.since.localeCompare(b.since) || a.runId.localeCompare(b.runId);
}

/** A subscription that is full lets those of others pass. */
function fits(active: readonly Slot[], { ref }: Slot, { total, perSubscription }: BuildLimits): boolean {
  const key = ref.subscriptionId.toLowerCase();
  const inSubscription = active.filter((slot) => slot.ref.subscriptionId.toLowerCase() === key).length;
  return (
    (total === 0 || active.length < total) && (perSubscription === 0 || inSubscription < perSubscription)
  );
}
