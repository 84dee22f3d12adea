import { DAY } from '../model/time.ts';
import { RUN_TAG } from '../model/tags.ts';
import { inParallel } from '../parallel.ts';
import type { LedgerEntry } from '../model/documents/ledger.ts';
import { attempt, type Finding, type JanitorContext } from './finding.ts';

/** Longer than any run, lease or approval: what is left of an entry's run by then is left for good, or gone. */
const DAYS = 30;

/** Forgets runs of which nothing is left in Azure. */
export async function pruneLedger(context: JanitorContext, subscriptionId: string): Promise<Finding[]> {
  const { store, now } = context;
  const old = await store.ledger.listOlder(subscriptionId, new Date(now().getTime() - DAYS * DAY));
  const found = await inParallel(
    old,
    (runId) => attempt(`ledger/${runId}`, () => pruneEntry(context, subscriptionId, runId)),
    4,
  );
  return found.flat();
}

async function pruneEntry(
  context: JanitorContext,
  ...[subscriptionId, runId]: [string, string]
): Promise<Finding[]> {
  const { ledger } = context.store;
  const entry = await ledger.get(subscriptionId, runId);
  if (entry !== undefined && !(await isGone(context, subscriptionId, entry))) return [];
  await ledger.remove(subscriptionId, runId);
  return [];
}

async function isGone(
  { azure }: JanitorContext,
  subscriptionId: string,
  { stagingGroup, ownsGroup, runId, cache }: LedgerEntry,
): Promise<boolean> {
  const { groups } = azure(subscriptionId);
  if (cache !== undefined && (await groups.get(cache.group)) !== undefined) return false;
  if ((await groups.get(stagingGroup)) === undefined) return true;
  if (ownsGroup) return false;
  return (await groups.resources(stagingGroup, { name: RUN_TAG, value: runId })).length === 0;
}
