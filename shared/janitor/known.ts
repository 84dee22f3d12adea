import type { LedgerEntry } from '../model/documents/ledger.ts';
import type { Store } from '../ports/store.ts';
import { parseResourceId, sameResource, templateId } from '../model/ids.ts';
import type { Finding } from './finding.ts';
import type { Origin } from './judge.ts';

type Documents = Pick<Store, 'ledger' | 'runs' | 'revisions'>;

/**
 * What Kiln itself has written down of the run that the tags name. Tags are no proof: whoever may write them would delete
 * by them. Undefined when nothing is written, or of another template.
 */
export async function ledgerOf(store: Documents, { ref, runId }: Origin): Promise<LedgerEntry | undefined> {
  const entry = (await store.ledger.get(ref.subscriptionId, runId)) ?? (await ofOlderRun(store, ref, runId));
  return entry !== undefined && sameResource(templateId(entry.ref), templateId(ref)) ? entry : undefined;
}

/** Runs that began before there was a ledger say in their own document what group is theirs. */
async function ofOlderRun(
  { runs, revisions }: Documents,
  ...[ref, runId]: [Origin['ref'], Origin['runId']]
): Promise<LedgerEntry | undefined> {
  const run = await runs.get(ref, runId);
  if (run?.stagingGroup === undefined) return undefined;
  const own = (await revisions.get(ref, run.revision))?.template.properties.stagingResourceGroup;
  const { stagingGroup, startTime: expires } = run;
  return { schema: 1, ref, runId, stagingGroup, ownsGroup: own === undefined, expires };
}

export function isOwnGroup({ stagingGroup, ownsGroup }: LedgerEntry, name: string): boolean {
  return ownsGroup && sameResource(stagingGroup, name);
}

/** The group with what a run has kept for later ones. */
export function isCache({ cache }: LedgerEntry, name: string): boolean {
  return cache !== undefined && sameResource(cache.group, name);
}

/** Also what comes and goes with something of its own: run commands, disks and network cards of its machines. */
export function isOwnResource({ resources, stagingGroup }: LedgerEntry, id: string): boolean {
  if (!sameResource(parseResourceId(id)?.resourceGroup ?? '', stagingGroup)) return false;
  const path = id.toLowerCase();
  return resources === undefined || resources.some((known) => isPartOf(path, known));
}

/** Disks are named after their machine; Azure puts a suffix of its own behind the name that we give the card. */
function isPartOf(path: string, known: string): boolean {
  if (path === known || path.startsWith(`${known}/`)) return true;
  const [group, machine] = known.split('/providers/microsoft.compute/virtualmachines/');
  const rest = path.startsWith(`${group}/providers/`) ? path.slice(`${group}/providers/`.length) : '';
  if (machine === undefined) return false;
  if (/^microsoft\.network\/networkinterfaces\/nic-[0-9a-f-]+$/.test(rest)) return true;
  const disk = `microsoft.compute/disks/${machine}-`;
  return rest.startsWith(disk) && /^(?:os|data-\d+)$/.test(rest.slice(disk.length));
}

/** Not ours to remove, and somebody should know. */
export function unknown(subject: string, { runId }: Origin): Finding {
  const reason = `it has the tags of run ${runId}, of which Kiln has written down no such thing. Remove it, or its tags, by hand`;
  return { subject, action: 'unknown', runId, reason };
}
