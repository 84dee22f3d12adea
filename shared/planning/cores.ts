import type { CoresWish, HeldCores, Slot, Slots } from '../model/documents/documents.ts';
import type { RunId } from '../model/template.ts';
import type { Usage } from '../ports/catalogue.ts';

/** Cores of VMs that Kiln's own runs have or are about to have: quota that comes back by itself. */

type Place = Pick<CoresWish, 'subscriptionId' | 'location' | 'family'>;

/** Of a region, and of a family in it, without those of one run. */
export function heldIn(slots: Slots, place: Place, but?: RunId): { total: number; ofFamily: number } {
  const here = (slots.cores ?? []).filter(
    (held) =>
      held.runId !== but &&
      same(held.subscriptionId, place.subscriptionId) &&
      same(held.location, place.location),
  );
  const sum = (held: readonly HeldCores[]): number => held.reduce((all, { count }) => all + count, 0);
  return { total: sum(here), ofFamily: sum(here.filter(({ family }) => same(family, place.family))) };
}

/** Usages without what Kiln's own runs hold: what is left is in use by others, and does not come back because Kiln waits. */
export function foreignUsages(usages: readonly Usage[], slots: Slots, place: Omit<Place, 'family'>): Usage[] {
  return usages.map((usage) => {
    const { total, ofFamily } = heldIn(slots, { ...place, family: usage.name });
    const own = same(usage.name, 'cores') ? total : ofFamily;
    return { ...usage, used: Math.max(0, usage.used - own) };
  });
}

/** What a run may count on, with the use of others taken off; a usage that is not known is no limit. */
export function wishOf(
  { count, ...place }: Place & { readonly count: number },
  usages: readonly Usage[],
  slots: Slots,
): CoresWish {
  const foreign = foreignUsages(usages, slots, place);
  const left = (name: string): number | undefined => {
    const usage = foreign.find((one) => same(one.name, name));
    return usage && Math.max(0, usage.limit - usage.used);
  };
  const [total, ofFamily] = [left('cores'), left(place.family)];
  return {
    ...place,
    count,
    ...(total !== undefined && { total }),
    ...(ofFamily !== undefined && { ofFamily }),
  };
}

/** Whether the cores are there once others that hold some are counted. Alone, a run goes: Azure has the last word. */
export function coresFit(slots: Slots, { runId, cores }: Pick<Slot, 'runId' | 'cores'>): boolean {
  if (cores === undefined) return true;
  const { total: limit = Infinity, ofFamily: limitOfFamily = Infinity, count } = cores;
  const held = heldIn(slots, cores, runId);
  const fitsRegion = held.total === 0 || held.total + count <= limit;
  return fitsRegion && (held.ofFamily === 0 || held.ofFamily + count <= limitOfFamily);
}

export function withCores(slots: Slots, { runId, ref, cores }: Pick<Slot, 'runId' | 'ref' | 'cores'>): Slots {
  if (cores === undefined || holdsCores(slots, runId)) return slots;
  const { subscriptionId, location, family, count } = cores;
  const held = { runId, ref, subscriptionId, location, family, count };
  return { ...slots, cores: [...(slots.cores ?? []), held] };
}

export function holdsCores(slots: Slots, runId: RunId): boolean {
  return slots.cores?.some((held) => held.runId === runId) === true;
}

export function withoutCores(slots: Slots, runs: readonly RunId[]): Slots {
  const { cores, ...rest } = slots;
  const left = cores?.filter(({ runId }) => !runs.includes(runId)) ?? [];
  if (left.length === (cores?.length ?? 0)) return slots;
  return left.length === 0 ? rest : { ...rest, cores: left };
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
