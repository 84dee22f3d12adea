import { deleteTemplate } from '../commands/delete-template.ts';
import { HOUR } from '../model/time.ts';
import { inParallel } from '../parallel.ts';
import { resourceGroupId, templateId } from '../model/ids.ts';
import type { TemplateHead } from '../model/documents/documents.ts';
import { attempt, type Finding, type JanitorContext } from './finding.ts';

/** A group that was deleted and is being made again by a deployment is no reason to lose what was written just now. */
const GRACE = HOUR;

/**
 * Templates go with their resource group, as everything in a group does. Azure Resource Manager tells nobody of a
 * deletion, so that it is asked; only its own word that there is no such group counts.
 */
export async function removeHomeless(context: JanitorContext, subscriptionId: string): Promise<Finding[]> {
  const heads = await context.store.templates.list({ subscriptionId });
  const groups = new Map<string, TemplateHead[]>();
  for (const head of heads) {
    const id = resourceGroupId(head.ref).toLowerCase();
    groups.set(id, [...(groups.get(id) ?? []), head]);
  }
  const look = ([id, its]: [string, TemplateHead[]]) =>
    attempt(id, () => lookAt(context, subscriptionId, its));
  return (await inParallel([...groups], look, 4)).flat();
}

async function lookAt(
  context: JanitorContext,
  subscriptionId: string,
  heads: readonly TemplateHead[],
): Promise<Finding[]> {
  const [first] = heads;
  if (first === undefined) return [];
  const group = resourceGroupId(first.ref);
  if (await context.azure(subscriptionId).catalogue.group(group)) return [];
  const before = context.now().getTime() - GRACE;
  const old = heads.filter(
    ({ changedAt, provisioningState }) => provisioningState !== 'Deleting' && Date.parse(changedAt) < before,
  );
  for (const { ref } of old) await deleteTemplate(context, ref, {});
  const reason = `its resource group ${first.ref.resourceGroup} is gone`;
  return old.map(({ ref }) => ({ subject: templateId(ref), action: 'removed', reason }));
}
