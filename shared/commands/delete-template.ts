import { deleting } from '../model/documents/head.ts';
import type { TemplateHead } from '../model/documents/documents.ts';
import type { Stored } from '../ports/store.ts';
import type { TemplateRef } from '../model/template.ts';
import { checkConditions, type Conditions, isConditional } from './conditions.ts';
import type { CommandContext } from './context.ts';
import { repeatLostRace } from '../ports/lost-race.ts';
import { carryOut, healTemplate, operationOf, pendingOperation } from './template-operation.ts';

type StartedDeletion = { readonly operationId: string; readonly head: TemplateHead };

/**
 * Marks a template as Deleting and starts its removal, which first cancels what runs and lets a submission end. Undefined
 * when there is no such template: deleting twice is no error.
 */
export async function deleteTemplate(
  context: CommandContext,
  ref: TemplateRef,
  conditions: Conditions,
): Promise<StartedDeletion | undefined> {
  return repeatLostRace(isConditional(conditions), async () => {
    const current = await context.store.templates.get(ref);
    if (current === undefined && conditions.ifMatch === undefined) return undefined;
    checkConditions(current?.etag, conditions);
    return current && markDeleting(context, current);
  });
}

async function markDeleting(
  context: CommandContext,
  current: Stored<TemplateHead>,
): Promise<StartedDeletion> {
  const { store, now, newId, actor } = context;
  const progress = await healTemplate(context, current.value);
  const pending = pendingOperation(current.value);
  const isLive = progress === 'live' && pending !== undefined;
  if (isLive && current.value.provisioningState === 'Deleting')
    return { operationId: pending, head: current.value };
  const operationId = newId().toUpperCase();
  const changedAt = now().toISOString();
  const removal = { operationId, changedAt, changedBy: actor, ...(isLive && { submission: pending }) };
  const head = deleting(current.value, removal);
  await store.operations.put(operationOf(head, operationId));
  await store.templates.put(head, { etag: current.etag });
  await carryOut(context, head);
  return { operationId, head };
}
