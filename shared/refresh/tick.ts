import { KilnError } from '../errors/failure.ts';
import type { RefreshDecision, TemplateHead } from '../model/documents/documents.ts';
import { templateId } from '../model/ids.ts';
import { isObject } from '../template/schema/node.ts';
import { tellDecision } from './decisions.ts';
import { decide, type Situation } from './decide.ts';
import { linksOf, parentsFirst, parentsOf } from './lineage.ts';
import type { RefreshContext } from './refresh-context.ts';

export type Decided = RefreshDecision & { readonly templateId: string };

/**
 * Looks at every template with a refresh policy or a trigger, parents before what is derived from them. Repeating a tick
 * that was interrupted asks for the same requests again, which are the same runs.
 */
export async function refreshAll(context: RefreshContext): Promise<Decided[]> {
  const subscriptions = await context.store.subscriptions.list();
  const decided = [];
  for (const subscriptionId of subscriptions)
    decided.push(...(await refreshSubscription(context, subscriptionId)));
  return decided;
}

async function refreshSubscription(context: RefreshContext, subscriptionId: string): Promise<Decided[]> {
  const heads = await context.store.templates.list({ subscriptionId });
  const byId = new Map(heads.map((head) => [templateId(head.ref).toLowerCase(), head]));
  const all = heads.map(linksOf);
  const moving = new Set<string>();
  const decided: Decided[] = [];
  for (const links of parentsFirst(all)) {
    const head = byId.get(links.id);
    if (head === undefined) continue;
    if (isMoving(head)) moving.add(links.id);
    const parent = parentsOf(links, all).find(({ id }) => moving.has(id));
    const decision = await refreshOne(context, head, parent?.name);
    // What waits for its own parent will move, so that its children wait as well.
    if (decision?.decision === 'enqueued' || decision?.decision === 'waiting') moving.add(links.id);
    if (decision !== undefined) decided.push({ ...decision, templateId: templateId(head.ref) });
  }
  return decided;
}

function isMoving({ activeRun, line = [] }: TemplateHead): boolean {
  return activeRun !== undefined || line.length > 0;
}

async function refreshOne(
  context: RefreshContext,
  head: TemplateHead,
  movingParent: string | undefined,
): Promise<RefreshDecision | undefined> {
  const situation = await situationOf(context, head, movingParent);
  if (situation === undefined) return undefined;
  try {
    const decision = await decide(context, situation);
    return decision && (await tellDecision(context, situation, decision));
  } catch (error) {
    if (!(error instanceof KilnError)) throw error;
    const { code, message } = error.failure;
    return tellDecision(context, situation, { decision: 'failed', reason: `${code}: ${message}` });
  }
}

/** Undefined for a template that nothing refreshes. */
async function situationOf(
  { store, now }: RefreshContext,
  head: TemplateHead,
  movingParent: string | undefined,
): Promise<Situation | undefined> {
  const triggers = await store.triggers.list(head.ref);
  // Most templates have neither: of a thousand, a thousand revisions would be read every five minutes.
  const isTriggered = triggers.length > 0 && head.provisioningState === 'Succeeded';
  if (!hasPolicy(head) && !isTriggered) return undefined;
  const stored = await store.revisions.get(head.ref, head.revision);
  const policy = stored?.template.properties.refresh ?? (triggers.length > 0 ? OF_TRIGGER : undefined);
  if (policy === undefined || stored === undefined) return undefined;
  const state = await store.refreshes.get(head.ref);
  const situation = { head, template: stored.template, policy, triggers, now: now() };
  return { ...situation, ...(state && { state }), ...(movingParent !== undefined && { movingParent }) };
}

/** https://learn.microsoft.com/azure/virtual-machines/image-builder-triggers-how-to */
const OF_TRIGGER = { onSourceUpdate: true, onScriptChange: false, disableAfterFailures: 3 };

function hasPolicy({ body }: TemplateHead): boolean {
  return isObject(body) && isObject(body['properties']) && isObject(body['properties']['refresh']);
}
