import { isObject } from '../template/schema/node.ts';
import { isDeepStrictEqual } from 'node:util';
import { record } from '../audit/record.ts';
import { KilnError } from '../errors/failure.ts';
import type { Operation, TemplateHead } from '../model/documents/documents.ts';
import type { Store } from '../ports/store.ts';
import { withDefaults } from '../template/body.ts';
import { templateId } from '../model/ids.ts';
import type { ImageTemplate } from '../model/template.ts';
import { parseTemplate } from '../template/parse.ts';
import { findVersion, NEWEST } from '../template/versions/all.ts';
import { type CommandContext, HEAL_AFTER_MS } from './context.ts';
import { isLostRace } from '../ports/lost-race.ts';
import { revive } from './revive.ts';

/** A head between two states, and the operation that brings it on. */
export function pendingOperation(head: TemplateHead): string | undefined {
  const isPending = ['Creating', 'Updating', 'Deleting'].includes(head.provisioningState);
  return isPending ? head.operationId : undefined;
}

/** Whether two bodies ask for the same, however their authors spelled the defaults. */
export function sameBody(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(withNone(withDefaults(a, NEWEST)), withNone(withDefaults(b, NEWEST)));
}

/** A template without an identity is read as one with none, and may be sent back so. */
function withNone(body: unknown): unknown {
  return isObject(body) ? { identity: { type: 'None' }, ...body } : body;
}

/** The operation document of a head's change; written before the head, so that nobody can see an id without it. */
export function operationOf(head: TemplateHead, id: string): Operation {
  return {
    schema: 1,
    id: id.toUpperCase(),
    status: 'InProgress',
    startTime: head.changedAt,
    templateId: templateId(head.ref),
  };
}

/**
 * Does what follows the change of the head: the revision document and the orchestration. Everything derives from the
 * head, so that it may be repeated by anybody after the process died between two of the writes.
 */
export async function carryOut(context: CommandContext, head: TemplateHead): Promise<void> {
  const { ref, revision, operationId } = head;
  if (operationId === undefined) return;
  const instance = operationId.toLowerCase();
  await recordChange(context, head, operationId);
  if (head.provisioningState === 'Deleting') {
    await context.engine.start(instance, { name: 'delete-template', input: { ref, operationId } });
    return;
  }
  await keepRevision(context, head);
  await context.engine.start(instance, {
    name: 'submit-template',
    input: { ref, revision, operationId },
  });
}

function recordChange(context: CommandContext, head: TemplateHead, id: string): Promise<void> {
  const { ref, revision, changedAt: at, changedBy } = head;
  const isGone = head.provisioningState === 'Deleting';
  const action = isGone ? 'template.delete' : 'template.write';
  return record(context, { id, at, action, resource: templateId(ref), revision }, changedBy);
}

async function keepRevision({ store, urls }: CommandContext, head: TemplateHead): Promise<void> {
  const { ref, revision, body, bodyApiVersion, changedAt, changedBy } = head;
  if ((await store.revisions.get(ref, revision)) !== undefined) return;
  const parsed = parseTemplate(body, findVersion(bodyApiVersion) ?? NEWEST, ref, urls);
  if (!parsed.ok)
    throw new KilnError({
      code: 'ValidationFailed',
      message: `Template ${ref.name} was accepted before but is not valid any more. Submit it again.`,
      details: parsed.failures,
    });
  try {
    const document = {
      schema: 1,
      number: revision,
      template: await keepPins(store, head, parsed.template),
      createdAt: changedAt,
      ...(changedBy && { createdBy: changedBy }),
    } as const;
    await store.revisions.put(ref, document, 'absent');
  } catch (error) {
    if (!isLostRace(error)) throw error;
  }
}

/** A PATCH leaves scripts alone: what was fetched for the revision before is what the new one runs. */
async function keepPins(store: Store, head: TemplateHead, template: ImageTemplate): Promise<ImageTemplate> {
  const before = head.pinsFrom === undefined ? undefined : await store.revisions.get(head.ref, head.pinsFrom);
  if (before === undefined) return template;
  const { customize, validate, optimize } = before.template.properties;
  const pinned = { customize, ...(validate && { validate }), ...(optimize && { optimize }) };
  return { ...template, properties: { ...template.properties, ...pinned } };
}

/** Starts what a dead process left unstarted. Answers whether the operation still goes on. */
export async function healTemplate(
  context: CommandContext,
  head: TemplateHead,
): Promise<'idle' | 'live' | 'abandoned'> {
  const id = pendingOperation(head);
  if (id === undefined) return 'idle';
  const state = await context.engine.state(id.toLowerCase());
  if (state === 'failed') return (await revive(context, id.toLowerCase())) === 'spent' ? 'abandoned' : 'live';
  if (state === 'ended') return 'abandoned';
  const age = context.now().getTime() - Date.parse(head.changedAt);
  if (state === 'absent' && age >= HEAL_AFTER_MS) await carryOut(context, head);
  return 'live';
}
