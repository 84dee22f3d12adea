import { record } from '../audit/record.ts';
import { gatekeepersOf } from '../distribution/approval.ts';
import type { TemplateHead } from '../model/documents/documents.ts';
import { templateId } from '../model/ids.ts';
import type { Store } from '../ports/store.ts';
import type { RunId, TemplateRef } from '../model/template.ts';
import type { CommandContext } from './context.ts';
import { carryOutRun, healRun, instanceOf } from './run-claim.ts';
import { headCanceling } from '../model/documents/head.ts';
import { canceling, type CancelRequest, isOver } from '../model/documents/run.ts';
import { findTemplate } from './find-template.ts';

/**
 * Asks the active run to end. The mark in the store comes first, so that activities see it even when the event comes
 * late. Answers an operation that succeeds when the run has ended; undefined when nothing runs.
 */
export async function cancelRun(
  context: CommandContext,
  ref: TemplateRef,
): Promise<{ operationId: string; head: TemplateHead } | undefined> {
  const { store, engine, now, newId, actor } = context;
  const { value: head } = await findTemplate(store, ref);
  const claim = await healRun(context, head);
  const id = head.activeRun;
  if (id === undefined || claim === 'released') return undefined;
  if ((await store.runs.get(ref, id)) === undefined) await carryOutRun(context, head, id, 'resumed');

  const at = now().toISOString();
  if (!(await markCanceling(store, { ref, id }, { at, by: actor }))) return undefined;
  for (const instance of await whoHears(store, head, id)) await engine.raise(instance, 'cancel');
  const operationId = newId().toUpperCase();
  const operation = { id: operationId, startTime: at, templateId: templateId(ref), cancels: id } as const;
  await store.operations.put({ schema: 1, status: 'InProgress', ...operation });
  const entry = { id: operationId, at, action: 'run.cancel', resource: templateId(ref), runId: id } as const;
  await record(context, entry, actor);
  return { operationId, head };
}

/**
 * The instances that a cancel is raised to: the run's, and those that wait for an approval, which may be for days and look
 * at nothing meanwhile.
 */
export async function whoHears(store: Store, head: TemplateHead, id: RunId): Promise<string[]> {
  const instance = instanceOf(head) ?? id;
  const distribution = await store.distributions.get(head.ref, id);
  return [instance, ...(distribution === undefined ? [] : gatekeepersOf(instance, distribution.plan))];
}

/** Writes down that the run shall end, where it and its readers look. False when it is over already. */
export async function markCanceling(
  store: Store,
  { ref, id }: { readonly ref: TemplateRef; readonly id: RunId },
  asked: CancelRequest,
): Promise<boolean> {
  const run = await store.runs.update(ref, id, (current) => canceling(current, asked));
  if (isOver(run)) return false;
  await store.templates.update(ref, (head) => headCanceling(head, id));
  return true;
}
