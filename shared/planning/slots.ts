import type { Slot, Slots } from '../model/documents/documents.ts';
import type { RunId } from '../model/template.ts';
import { coresFit, holdsCores, withCores, withoutCores } from './cores.ts';
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
export function takeSlot(before: Slots, run: Slot, limits: BuildLimits): Turn {
  const slots = backInLine(before, run);
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

/** A run that found its cores in use waits like everybody, at the place that it has by its time. */
function backInLine(slots: Slots, run: Slot): Slots {
  const isActive = slots.active.some(({ runId }) => runId === run.runId);
  if (run.cores === undefined || holdsCores(slots, run.runId) || !isActive) return slots;
  return withoutRuns(slots, [run.runId]);
}

type Released = {
  readonly slots: Slots;
  /** Those whose turn it is now. */
  readonly next: readonly Slot[];
};

/** Takes slots, and places in line, back and hands what is free to those whose turn it is. */
export function releaseSlots(slots: Slots, runs: readonly RunId[], limits: BuildLimits): Released {
  return handedOn(withoutRuns(slots, runs), limits);
}

/** The same for cores, once the VMs that had them are gone. */
export function releaseCores(slots: Slots, runs: readonly RunId[], limits: BuildLimits): Released {
  return handedOn(withoutCores(slots, runs), limits);
}

function handedOn(slots: Slots, limits: BuildLimits): Released {
  const next = admissible(slots, limits);
  return { slots: admit(slots, next), next };
}

export function withoutRuns(slots: Slots, runs: readonly RunId[]): Slots {
  const stays = ({ runId }: Slot) => !runs.includes(runId);
  return { ...slots, active: slots.active.filter(stays), waiting: slots.waiting.filter(stays) };
}

/** Place among those that wait, from 1. Undefined: the run does not wait. */
export function placeOf({ waiting }: Slots, run: RunId): number | undefined {
  const index = inOrder(waiting).findIndex(({ runId }) => runId === run);
  return index < 0 ? undefined : index + 1;
}

/**
 * Those that wait and fit now, in order. What one of a kind was refused is not looked at again for the others of its kind: of
 * a thousand that wait nearly all are alike, and what is free only becomes less on the way.
 */
function admissible(slots: Slots, limits: BuildLimits): Slot[] {
  const admitted: Slot[] = [];
  const refused = new Set<string>();
  let now = slots;
  for (const slot of inOrder(slots.waiting)) {
    const kind = kindOf(slot);
    if (refused.has(kind)) continue;
    if (fits([...slots.active, ...admitted], slot, limits) && coresFit(now, slot)) {
      admitted.push(slot);
      now = withCores(now, slot);
    } else refused.add(kind);
  }
  return admitted;
}

/** Slots of one kind are admitted or not for the same reasons. */
function kindOf({ ref, cores }: Slot): string {
  const { subscriptionId, location, family, count, total, ofFamily } = cores ?? {};
  return [ref.subscriptionId, subscriptionId, location, family, count, total, ofFamily]
    .join('/')
    .toLowerCase();
}

function admit(slots: Slots, admitted: readonly Slot[]): Slots {
  const left = withoutRuns(
    slots,
    admitted.map(({ runId }) => runId),
  );
  return admitted.reduce(withCores, { ...left, active: [...left.active, ...admitted] });
}

function inOrder(slots: readonly Slot[]): Slot[] {
  return slots
    .map((slot) => ({ slot, turn: turnOf(slot.priority, slot.since) }))
    .toSorted((a, b) => a.turn - b.turn || a.slot.runId.localeCompare(b.slot.runId))
    .map(({ slot }) => slot);
}

/** A subscription that is full lets those of others pass. */
function fits(active: readonly Slot[], { ref }: Slot, { total, perSubscription }: BuildLimits): boolean {
  const key = ref.subscriptionId.toLowerCase();
  const inSubscription = active.filter((slot) => slot.ref.subscriptionId.toLowerCase() === key).length;
  return (
    (total === 0 || active.length < total) && (perSubscription === 0 || inSubscription < perSubscription)
  );
}
