import { isLostRace } from '../ports/lost-race.ts';
import { later, MINUTE } from '../model/time.ts';
import { inParallel } from '../parallel.ts';
import type { OutboxEntry, SinkState } from '../model/documents/documents.ts';
import type { Store, Stored } from '../ports/store.ts';
import type { CloudEvent } from '../model/cloud-event.ts';
import { endId, endsOf, undelivered } from '../model/run-events.ts';
import type { EventSink } from '../ports/sink.ts';

export type DeliveryContext = {
  readonly store: Store;
  readonly sinks: readonly EventSink[];
  readonly now: () => Date;
  readonly warn: (text: string) => void;
};

const FRESH: SinkState = { sent: [], failures: 0 };
/** Milliseconds: the pause after the first failure, the longest one, and when a sink is given up for an entry. */
const FIRST_PAUSE = 15_000;
const LONGEST_PAUSE = 3_600_000;
const GIVE_UP_AFTER = 72 * 3_600_000;
const WIDTH = 8;

/**
 * Entries of runs of which these sinks had everything when this process looked last, and when that was. What it writes of them since it
 * sends itself; only what another process wrote, and died before it sent, waits for the timer, and for as long as this.
 */
type Told = { readonly etag: string; readonly at: number };
const told = new WeakMap<readonly EventSink[], Map<string, Told>>();
const LOOK_AGAIN = { least: MINUTE, most: 10 * MINUTE };
/** Of all runs under way: of a hundred of them each is looked at once a minute, of a thousand every ten minutes. */
const LOOKS_A_MINUTE = 100;

/** Sends what waits in the outbox to every sink. At least once, in order per entry; nothing is lost while it waits. */
export async function deliverAll(context: DeliveryContext): Promise<void> {
  const entries = await context.store.outbox.list();
  const pause = Math.max(LOOK_AGAIN.least, (entries.length / LOOKS_A_MINUTE) * MINUTE);
  const since = context.now().getTime() - Math.min(pause, LOOK_AGAIN.most);
  const isTold = ({ value, etag }: Stored<OutboxEntry>): boolean => {
    const last = value.kind === 'run' ? told.get(context.sinks)?.get(value.runId) : undefined;
    return last !== undefined && last.etag === etag && last.at > since;
  };
  const open = entries.filter((entry) => !isTold(entry));
  await inParallel(open, (entry) => deliver(context, entry), WIDTH);
}

/**
 * The same for one run: what its activities call when they have written something. While no other process writes of the run, none
 * sends for it either, and what this one knows is enough.
 */
export async function deliverRun(context: DeliveryContext, runId: string): Promise<void> {
  const { timeline, runs, outbox } = context.store;
  const seen = outbox.recall(runId);
  const lines = seen?.value.kind === 'run' ? timeline.recall(seen.value.ref, seen.value.runId) : undefined;
  const entry = lines === undefined ? await outbox.get(runId) : seen;
  const known: Store = {
    ...context.store,
    timeline: { ...timeline, read: async (ref, id) => lines ?? (await timeline.read(ref, id)) },
    runs: { ...runs, glance: (ref, id) => runs.glance(ref, id, MINUTE) },
  };
  if (entry !== undefined) await deliver({ ...context, store: known }, entry);
}

/** The same for events that were just added. */
export async function deliverEvents(context: DeliveryContext, events: readonly CloudEvent[]): Promise<void> {
  const entry = await context.store.outbox.find(events);
  if (entry !== undefined) await deliver(context, entry);
}

type Stream = {
  readonly events: readonly CloudEvent[];
  /** Ids of those after which a run may be silent, in order. */
  readonly ends: readonly string[];
  /** Id of the last event there will ever be; undefined while more may come. */
  readonly end: string | undefined;
  /** Its run is written already. */
  readonly isThere: boolean;
};

async function deliver(context: DeliveryContext, stored: Stored<OutboxEntry>): Promise<void> {
  const { value: entry } = stored;
  if (entry.kind !== 'run') {
    await sendOpen(context, stored);
    return;
  }
  const runs = told.get(context.sinks) ?? new Map<string, Told>();
  told.set(context.sinks, runs);
  // No entry has this ETag. A delivery that begins later puts its own in this place, and what it finds counts: it has seen more.
  const mine: Told = { etag: '', at: context.now().getTime() };
  runs.set(entry.runId, mine);
  let etag: string | undefined;
  try {
    etag = await sendOpen(context, stored);
  } finally {
    if (runs.get(entry.runId) === mine) {
      if (etag === undefined) runs.delete(entry.runId);
      else runs.set(entry.runId, { ...mine, etag });
    }
  }
}

/** Answers the entry's ETag when every sink has what there was, and more may come. */
async function sendOpen(
  context: DeliveryContext,
  { value: entry, etag: before }: Stored<OutboxEntry>,
): Promise<string | undefined> {
  const { store, sinks, now } = context;
  const stream = await streamOf(store, entry);
  const after: Record<string, SinkState> = { ...entry.sinks };
  for (const sink of sinks)
    after[sink.name] = await deliverTo(context, sink, stream, entry.sinks[sink.name] ?? FRESH);
  const isDone =
    stream.end !== undefined &&
    sinks.every(({ name }) => after[name]?.sent.includes(stream.end ?? '') || isGivenUp(after[name], now()));
  let etag = before;
  try {
    if (isDone) await store.outbox.remove(entry, before);
    else if (sinks.some(({ name }) => after[name] !== entry.sinks[name]))
      etag = await store.outbox.put({ ...entry, sinks: after }, { etag: before });
  } catch (error) {
    // Somebody else delivered at the same time: what both sent has the same ids.
    if (!isLostRace(error)) throw error;
    return undefined;
  }
  const hasAll = stream.isThere && sinks.every(({ name }) => after[name]?.failures === 0);
  return hasAll && !isDone ? etag : undefined;
}

async function deliverTo(
  { now, warn }: DeliveryContext,
  sink: EventSink,
  { events, ends }: Stream,
  state: SinkState,
): Promise<SinkState> {
  if (state.notBefore !== undefined && now().getTime() < Date.parse(state.notBefore)) return state;
  if (isGivenUp(state, now())) return state;
  // After an end a run is silent until it is distributed again: a straggler from before would come out of order.
  const told = events.findLastIndex(({ id }) => ends.includes(id) && state.sent.includes(id));
  const waiting = events.slice(told + 1).filter(({ id }) => !state.sent.includes(id));
  if (waiting.length === 0) return state;
  const { accepted, problem } = await sink.send(waiting);
  const sent = [...state.sent, ...waiting.slice(0, accepted).map(({ id }) => id)];
  if (problem === undefined) return { sent, failures: 0 };
  const failures = state.failures + 1;
  const pause = Math.min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE);
  const notBefore = later(now(), pause).toISOString();
  const failingSince = state.failingSince ?? now().toISOString();
  warn(
    `events: ${sink.name} took ${accepted} of ${waiting.length}: ${problem}; next attempt at ${notBefore}`,
  );
  return { sent, failures, notBefore, failingSince };
}

function isGivenUp(state: SinkState | undefined, now: Date): boolean {
  const since = state?.failingSince;
  return since !== undefined && now.getTime() - Date.parse(since) > GIVE_UP_AFTER;
}

async function streamOf(store: Store, entry: OutboxEntry): Promise<Stream> {
  if (entry.kind === 'events')
    return { events: entry.events, ends: [], end: entry.events.at(-1)?.id, isThere: true };
  const run = await store.runs.glance(entry.ref, entry.runId);
  // Noted before the run was written; its maker, or whoever heals the claim, is about to.
  if (run === undefined) return { events: [], ends: [], end: undefined, isThere: false };
  const events = undelivered(entry, run, await store.timeline.read(entry.ref, entry.runId));
  return { events, ends: endsOf(run), end: endId(run), isThere: true };
}
