import { DAY } from '../model/time.ts';
import type { CommandContext } from '../commands/context.ts';
import { operationStatus } from '../commands/operation-status.ts';
import { inParallel } from '../parallel.ts';
import type { Aged, AgedKind } from '../ports/store.ts';
import { runId } from '../model/convert.ts';
import { sweepArtifacts } from './artifacts.ts';
import { sweepRuns } from './old-runs.ts';
import { HISTORY_DAYS } from './purge.ts';
import { type Retention, USUAL_RETENTION } from './retention.ts';

const MOST_A_ROUND = 200;

/** How many were removed, by what they are; nothing about what had none. */
export type Forgotten = Partial<Record<AgedKind | 'runs' | 'logs', number>>;

/** Removes what was kept for a while and is over, a bounded number a round. Revisions stay. */
export async function forgetOld(
  context: CommandContext,
  retention: Retention = USUAL_RETENTION,
): Promise<Forgotten> {
  const { store } = context;
  const removed: Forgotten = {
    operations: await forget(context, 'operations', retention.operations, async ({ id }) => {
      const operation = await operationStatus(context, id);
      return operation?.status !== 'InProgress';
    }),
    requests: await forget(context, 'requests', retention.requests, async ({ id }) => {
      return (await store.buildRequests.get(runId(id)))?.state !== 'waiting';
    }),
    // The engine has forgotten the instance by then.
    rewinds: await forget(context, 'rewinds', HISTORY_DAYS, () => Promise.resolve(true)),
    artifacts: await sweepArtifacts(context, retention.artifacts),
    ...(await sweepRuns(context, retention)),
  };
  return Object.fromEntries(Object.entries(removed).filter(([, count]) => count > 0));
}

async function forget(
  { store, now }: CommandContext,
  kind: AgedKind,
  days: number,
  isOver: (aged: Aged) => Promise<boolean>,
): Promise<number> {
  if (days === 0) return 0;
  const old = await store.aged.list(kind, new Date(now().getTime() - days * DAY));
  const gone = await inParallel(
    old.slice(0, MOST_A_ROUND),
    async (aged) => (await isOver(aged)) && store.aged.remove(aged),
  );
  return gone.filter(Boolean).length;
}
