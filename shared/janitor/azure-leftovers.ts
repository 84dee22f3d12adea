import type { Azure, Tag, Tagged, TaggedGroup } from '../ports/azure.ts';
import type { Run } from '../model/documents/documents.ts';
import { parseResourceId, sameResource } from '../model/ids.ts';
import type { ResourceId } from '../model/template.ts';
import { inParallel } from '../parallel.ts';
import { judge, judgeCache, type Origin, originOf } from './judge.ts';
import { isCache, isOwnGroup, isOwnResource, ledgerOf, unknown } from './known.ts';
import { attempt, type Finding, type JanitorContext } from './finding.ts';

const DISK = 'Microsoft.Compute/disks';

/**
 * What a build may leave in a group of the user's, in the order in which Azure lets it go. Images and versions that were
 * distributed carry no expiry; galleries are not in the list at all, so that no tag can ever make one go.
 */
const REMOVABLE = [
  'Microsoft.Compute/virtualMachines',
  'Microsoft.Network/networkInterfaces',
  'Microsoft.Compute/images',
  'Microsoft.Compute/snapshots',
  DISK,
  'Microsoft.Network/virtualNetworks',
  'Microsoft.Network/networkSecurityGroups',
] as const;

const ofApp = (appName: string): Tag => ({ name: 'kiln-app', value: appName });

/** Staging groups with our tags. */
export async function sweepGroups(context: JanitorContext, subscriptionId: string): Promise<Finding[]> {
  const groups = await context.azure(subscriptionId).groups.list(ofApp(context.appName));
  const found = await inParallel(
    groups,
    (group) => {
      const id = `/subscriptions/${subscriptionId}/resourceGroups/${group.name}`;
      return attempt(id, () => sweepGroup(context, subscriptionId, group));
    },
    4,
  );
  return found.flat();
}

/** What one run has in a group, whether that is its own or not, without the rest of the subscription. */
export async function sweepRun(
  context: JanitorContext,
  subscriptionId: string,
  name: string,
): Promise<Finding[]> {
  const azure = context.azure(subscriptionId);
  return attempt(`/subscriptions/${subscriptionId}/resourceGroups/${name}`, async () => {
    const group = (await azure.groups.list(ofApp(context.appName))).find((one) =>
      sameResource(one.name, name),
    );
    if (group !== undefined) return sweepGroup(context, subscriptionId, group);
    const found = await Promise.all(REMOVABLE.map((type) => azure.resources.list({ group: name, type })));
    const findings: Finding[] = [];
    for (const resource of found.flat())
      findings.push(...(await attempt(resource.id, () => sweepResource(context, subscriptionId, resource))));
    return findings;
  });
}

async function sweepGroup(
  context: JanitorContext,
  subscriptionId: string,
  { name, tags, provisioningState }: TaggedGroup,
): Promise<Finding[]> {
  const subject = `/subscriptions/${subscriptionId}/resourceGroups/${name}`;
  const origin = originOf(tags, context.appName, subscriptionId);
  if (origin === undefined) return [];
  const { runId } = origin;
  if (provisioningState === 'Deleting')
    return [{ subject, action: 'kept', runId, reason: 'Azure is deleting it' }];
  const entry = await ledgerOf(context.store, origin);
  const isKept = entry !== undefined && isCache(entry, name);
  if (entry === undefined || !(isKept || isOwnGroup(entry, name))) return [unknown(subject, origin)];
  const facts = { ...(await factsOf(context, origin)), entry };
  const { remove, reason } = isKept ? judgeCache(facts, context.now()) : judge(origin, facts, context.now());
  if (!remove) return [{ subject, action: 'kept', runId, reason }];
  const azure = context.azure(subscriptionId);
  // A disk that somebody may still download blocks the deletion of its whole group.
  const disks = await azure.resources.list({ group: name, type: DISK });
  for (const { id } of disks) await azure.disks.revokeAccess(id);
  await azure.groups.startRemoval(name);
  return [{ subject, action: 'removed', runId, reason }];
}

/** Single resources with our tags: what a run left in a group that is the user's, or an image made for a while. */
export async function sweepResources(context: JanitorContext, subscriptionId: string): Promise<Finding[]> {
  const azure = context.azure(subscriptionId);
  const [ids, groups] = await Promise.all([
    azure.resources.carrying(ofApp(context.appName)),
    azure.groups.list(ofApp(context.appName)),
  ]);
  const outside = ids.filter(
    (id) => !groups.some(({ name }) => sameResource(name, parseResourceId(id)?.resourceGroup ?? '')),
  );
  const findings: Finding[] = [];
  for (const type of REMOVABLE)
    for (const resource of await taggedOf(azure, type, outside))
      findings.push(...(await attempt(resource.id, () => sweepResource(context, subscriptionId, resource))));
  return findings;
}

/** Those of the ids that are of a type, with their tags: a request only where there is one. */
async function taggedOf(azure: Azure, type: string, ids: readonly ResourceId[]): Promise<Tagged[]> {
  const wanted = ids.filter((id) => sameResource(parseResourceId(id)?.type ?? '', type));
  if (wanted.length === 0) return [];
  const all = await azure.resources.list({ type });
  return all.filter(({ id }) => wanted.some((one) => sameResource(one, id)));
}

async function sweepResource(
  context: JanitorContext,
  subscriptionId: string,
  { id, tags }: Tagged,
): Promise<Finding[]> {
  const origin = originOf(tags, context.appName, subscriptionId);
  if (origin === undefined) return [];
  const { runId } = origin;
  const entry = await ledgerOf(context.store, origin);
  if (entry === undefined || !isOwnResource(entry, id)) return [unknown(id, origin)];
  const facts = { ...(await factsOf(context, origin)), entry };
  if (facts.run?.outputs.some(({ artifactId = '' }) => sameResource(artifactId, id)) === true)
    return [{ subject: id, action: 'kept', runId, reason: 'it is a result of its run' }];
  const { remove, reason } = judge(origin, facts, context.now());
  if (!remove) return [{ subject: id, action: 'kept', runId, reason }];
  const azure = context.azure(subscriptionId);
  if (sameResource(parseResourceId(id)?.type ?? '', DISK)) await azure.disks.revokeAccess(id);
  await azure.resources.startRemoval(id);
  return [{ subject: id, action: 'removed', runId, reason }];
}

async function factsOf(
  { store, engine }: JanitorContext,
  { ref, runId }: Origin,
): Promise<{ run: Run | undefined; isLive: boolean }> {
  const [run, state, head] = await Promise.all([
    store.runs.get(ref, runId),
    engine.state(runId),
    store.templates.get(ref),
  ]);
  // A run that is distributed again works under another instance; dead claims were mended before this.
  return { run, isLive: state === 'live' || head?.value.activeRun === runId };
}
