import type { CommandContext } from '../commands/context.ts';
import { operationStatus } from '../commands/operation-status.ts';
import { inParallel } from '../parallel.ts';
import type { Aged, AgedKind } from '../store/store.ts';
import { runId } from '../template/convert.ts';
import { sweepArtifacts } from './artifacts.ts';
import { HISTORY_DAYS } from './purge.ts';

const DAY = 24 * 3_600_000;
/** Clients look at an operation while they wait for it. */
const OPERATION_DAYS = 7;
/** A message that comes again later than this starts another run; queues forget theirs long before. */
const REQUEST_DAYS = 30;
const MOST_A_ROUND = 200;

/** How many were removed, by what they are; nothing about what had none. */
export type Forgotten = Partial<Record<AgedKind, number>>;

/** Removes what was kept for a while and is over, a bounded number a round. Runs, their logs and revisions stay. */
export async function forgetOld(context: CommandContext): Promise<Forgotten> {
  const { store } = context;
  const removed: Forgotten = {
    operations: await forget(context, 'operations', OPERATION_DAYS, async ({ id }) => {
      const operation = await operationStatus(context, id);
      return operation?.status !== 'InProgress';
    }),
    requests: await forget(context, 'requests', REQUEST_DAYS, async ({ id }) => {
      return (await store.buildRequests.get(runId(id)))?.state !== 'waiting';
    }),
    // The engine has forgotten the instance by then.
    rewinds: await forget(context, 'rewinds', HISTORY_DAYS, () => Promise.resolve(true)),
    artifacts: await sweepArtifacts(context),
  };
  return Object.fromEntries(Object.entries(removed).filter(([, count]) => count > 0));
}

async function forget(
  { store, now }: CommandContext,
  kind: AgedKind,
  days: number,
  isOver: (aged: Aged) => Promise<boolean>,
): Promise<number> {
  const old = await store.aged.list(kind, new Date(now().getTime() - days * DAY));
  const gone = await inParallel(
    old.slice(0, MOST_A_ROUND),
    async (aged) => (await isOver(aged)) && store.aged.remove(aged),
  );
  return gone.filter(Boolean).length;
}
