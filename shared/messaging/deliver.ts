import { isLostRace } from '../commands/lost-race.ts';
import { later } from '../build/time.ts';
import { inParallel } from '../parallel.ts';
import type { OutboxEntry, SinkState } from '../store/documents.ts';
import type { Store, Stored } from '../store/store.ts';
import type { CloudEvent } from './cloud-event.ts';
import { endId, endsOf, undelivered } from './run-events.ts';
import type { EventSink } from './sink.ts';

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

/** Sends what waits in the outbox to every sink. At least once, in order per entry; nothing is lost while it waits. */
export async function deliverAll(context: DeliveryContext): Promise<void> {
  const entries = await context.store.outbox.list();
  await inParallel(entries, (entry) => deliver(context, entry), WIDTH);
}

/** The same for one run: what its activities call when something has happened. */
export async function deliverRun(context: DeliveryContext, runId: string): Promise<void> {
  const entry = await context.store.outbox.get(runId);
  if (entry !== undefined) await deliver(context, entry);
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
};

async function deliver(context: DeliveryContext, { value: entry, etag }: Stored<OutboxEntry>): Promise<void> {
  const { store, sinks, now } = context;
  const stream = await streamOf(store, entry);
  const before = entry.sinks;
  const after: Record<string, SinkState> = { ...before };
  for (const sink of sinks)
    after[sink.name] = await deliverTo(context, sink, stream, before[sink.name] ?? FRESH);
  const isDone =
    stream.end !== undefined &&
    sinks.every(({ name }) => after[name]?.sent.includes(stream.end ?? '') || isGivenUp(after[name], now()));
  try {
    if (isDone) await store.outbox.remove(entry, etag);
    else if (sinks.some(({ name }) => after[name] !== before[name]))
      await store.outbox.put({ ...entry, sinks: after }, { etag });
  } catch (error) {
    // Somebody else delivered at the same time: what both sent has the same ids.
    if (!isLostRace(error)) throw error;
  }
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
  if (entry.kind === 'events') return { events: entry.events, ends: [], end: entry.events.at(-1)?.id };
  const run = await store.runs.get(entry.ref, entry.runId);
  // Noted before the run was written; its maker, or whoever heals the claim, is about to.
  if (run === undefined) return { events: [], ends: [], end: undefined };
  const events = undelivered(entry, run, await store.timeline.read(entry.ref, entry.runId));
  return { events, ends: endsOf(run), end: endId(run) };
}
