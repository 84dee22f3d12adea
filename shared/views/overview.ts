import { createFresh, type Watch } from './fresh.ts';
import { DAY, LONGEST_LEASE_DAYS } from '../model/time.ts';
import { inParallel } from '../parallel.ts';
import type { Drain } from '../model/documents/drain.ts';
import type { BuildRequest, Run, Slots, TemplateHead, TimelineEntry } from '../model/documents/documents.ts';
import type { Store } from '../ports/store.ts';
import { NO_SLOTS } from '../planning/slots.ts';

/** A template with what one look at it shows: its run under way, or the one that failed lately. */
export type Seen = {
  readonly head: TemplateHead;
  readonly run?: Run;
  /** Of a run under way. */
  readonly timeline: readonly TimelineEntry[];
  readonly requests: readonly BuildRequest[];
};

export type Overview = {
  readonly templates: readonly Seen[];
  readonly slots: Slots;
  readonly drain: Drain | undefined;
};

/** Failures that are news. */
const NEWS = 24 * 3600_000;
/** Milliseconds for which a failed run may have kept something. */
const LONGEST_LEASE = LONGEST_LEASE_DAYS * DAY;

/** Looks at everything that the deployment has; whoever shows it leaves out what its reader may not see. */
export function createOverview(store: Store, { now, changes }: Watch): () => Promise<Overview> {
  const fresh = createFresh<Overview>(now, { changes });
  return () => fresh('', () => look(store, now()));
}

async function look(store: Store, now: Date): Promise<Overview> {
  const subscriptions = await store.subscriptions.list();
  const [heads, slots, drain] = await Promise.all([
    inParallel(subscriptions, (subscriptionId) => store.templates.list({ subscriptionId })),
    store.slots.get(),
    store.drain.get(),
  ]);
  const templates = await inParallel(heads.flat(), (head) => see(store, head, now));
  return { templates, slots: slots?.value ?? NO_SLOTS, drain };
}

async function see(store: Store, head: TemplateHead, now: Date): Promise<Seen> {
  const { ref, activeRun, lastRun, line = [] } = head;
  const sinceEnd = now.getTime() - Date.parse(lastRun?.endTime ?? lastRun?.startTime ?? '');
  const hasFailed = lastRun !== undefined && ['Failed', 'PartiallySucceeded'].includes(lastRun.state);
  const shown = activeRun ?? (hasFailed && sinceEnd < LONGEST_LEASE ? lastRun.id : undefined);
  const [run, timeline, requests] = await Promise.all([
    shown === undefined ? undefined : store.runs.get(ref, shown),
    activeRun === undefined ? [] : store.timeline.read(ref, activeRun),
    inParallel(line, ({ id }) => store.buildRequests.get(id)),
  ]);
  const isShown = activeRun !== undefined || sinceEnd < NEWS || keepsSomething(run, now);
  return {
    head,
    ...(run !== undefined && isShown && { run }),
    timeline,
    requests: requests.filter((request) => request !== undefined),
  };
}

/** Machines, or what was built, that cost something until somebody releases them or their lease ends. */
function keepsSomething(run: Run | undefined, now: Date): boolean {
  return run?.cleanup === 'kept' && Date.parse(run.keptUntil ?? '') > now.getTime();
}
