import type { CommandContext } from '../commands/context.ts';
import type { Run, TemplateHead } from '../model/documents/documents.ts';
import { DAY } from '../model/time.ts';
import { inParallel } from '../parallel.ts';
import type { Retention } from './retention.ts';

/** Runs that are looked at in one round; the next one goes on where this one has made room. */
const MOST_A_ROUND = 200;

export type Removed = { readonly runs: number; readonly logs: number };

/**
 * Once a day: removes logs, and runs that made nothing, when they are older than the deployment keeps them. What a head
 * speaks of, what is at work, and what has something left in Azure stays.
 */
export async function sweepRuns({ store, now }: CommandContext, { logs, runs }: Retention): Promise<Removed> {
  const none = { runs: 0, logs: 0 };
  if (logs === 0 && runs === 0) return none;
  const last = await store.runSweeps.get();
  if (last !== undefined && now().getTime() - Date.parse(last) < DAY) return none;
  const before = (days: number) => (days === 0 ? undefined : new Date(now().getTime() - days * DAY));
  const [logsBefore, runsBefore] = [before(logs), before(runs)];
  const removed = { ...none };
  for (const head of await allHeads(store)) {
    for (const run of await overIn(store, head, runsBefore, isBarren)) {
      await store.history.remove(run.ref, run.id);
      removed.runs += 1;
    }
    for (const run of await overIn(store, head, logsBefore, () => true))
      if (await store.history.removeLogs(run.ref, run.id)) removed.logs += 1;
    if (removed.runs + removed.logs >= MOST_A_ROUND) return removed;
  }
  await store.runSweeps.put(now().toISOString());
  return removed;
}

type Store = CommandContext['store'];

async function allHeads(store: Store): Promise<TemplateHead[]> {
  const subscriptions = await store.subscriptions.list();
  const heads = await inParallel(
    subscriptions,
    (subscriptionId) => store.templates.list({ subscriptionId }),
    4,
  );
  return heads.flat();
}

async function overIn(
  { history, runs }: Store,
  head: TemplateHead,
  before: Date | undefined,
  isWanted: (run: Run) => boolean,
): Promise<Run[]> {
  if (before === undefined) return [];
  const spoken = [head.activeRun, head.lastRun?.id, head.built?.runId];
  const ids = (await history.startedBefore(head.ref, before)).filter((id) => !spoken.includes(id));
  const found = await inParallel(ids.slice(-MOST_A_ROUND), (id) => runs.get(head.ref, id));
  return found.flatMap((run) => (run !== undefined && isOver(run) && isWanted(run) ? [run] : []));
}

function isOver({ endTime, cleanup, stagingGroup }: Run): boolean {
  return endTime !== undefined && (cleanup === 'done' || stagingGroup === undefined);
}

function isBarren({ outputs, state }: Run): boolean {
  return outputs.length === 0 && state !== 'Succeeded' && state !== 'PartiallySucceeded';
}
