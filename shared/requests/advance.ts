import type { CommandContext } from '../commands/context.ts';
import { isLostRace } from '../ports/lost-race.ts';
import { carryOutRun, healRun } from '../commands/run-claim.ts';
import { claimed, withLine } from '../model/documents/head.ts';
import { isOver } from '../model/documents/run.ts';
import { healTemplate } from '../commands/template-operation.ts';
import type { Failure } from '../errors/failure.ts';
import type { LineEntry, TemplateHead } from '../model/documents/documents.ts';
import type { Stored } from '../ports/store.ts';
import type { TemplateRef } from '../model/template.ts';
import { coalescedEvent, rejectedEvent } from './events.ts';
import { leave, next } from './line.ts';

/**
 * Starts the next request in line when the template is free, and does nothing otherwise. Whoever changes something that
 * a line waits for calls it: a new request, the end of a run, the end of a submission, and a timer for what was missed.
 */
export async function advance(context: CommandContext, ref: TemplateRef): Promise<void> {
  // Each round removes an entry from the line, or ends; a lost race starts over.
  for (let rounds = 0; rounds < 100; rounds += 1) {
    const current = await context.store.templates.get(ref);
    if (current === undefined) return;
    const { line = [], activeRun } = current.value;
    if (line.length === 0 && activeRun === undefined) return;
    const step = await stepOf(context, current);
    if (step === 'wait') return;
  }
}

async function stepOf(context: CommandContext, current: Stored<TemplateHead>): Promise<'again' | 'wait'> {
  const { value: head } = current;
  const claim = await healRun(context, head);
  if (claim === 'live' || claim === 'resumed') return 'wait';
  if (claim === 'released') return 'again';
  const entry = next(head.line ?? [], context.now());
  if (entry === undefined) return 'wait';
  if (head.provisioningState === 'Failed') return rejectNext(context, current, entry);
  if (head.provisioningState !== 'Succeeded') {
    await healTemplate(context, head);
    return 'wait';
  }
  const done = await context.store.runs.get(head.ref, entry.id);
  if (done !== undefined && isOver(done)) return removeEntry(context, current, entry);
  // The timer looks again: a request that was taken on keeps its place until the drain is over.
  if ((await context.store.drain.get()) !== undefined) return 'wait';
  return claimFor(context, current, entry);
}

async function claimFor(
  context: CommandContext,
  { value: head, etag }: Stored<TemplateHead>,
  entry: LineEntry,
): Promise<'again' | 'wait'> {
  const { store, now } = context;
  // What it stands for is told before it leaves the line, where that is written down.
  await settleReplaced(context, entry);
  const startTime = now().toISOString();
  const held = claimed(withLine(head, leave(head.line ?? [], entry.id)), { id: entry.id, startTime });
  if (!(await wins(store.templates.put(held, { etag })))) return 'again';
  await carryOutRun(context, held, entry.id, 'request');
  return 'wait';
}

async function removeEntry(
  { store }: CommandContext,
  { value: head, etag }: Stored<TemplateHead>,
  entry: LineEntry,
): Promise<'again'> {
  await wins(store.templates.put(withLine(head, leave(head.line ?? [], entry.id)), { etag }));
  return 'again';
}

/** A template that was refused cannot be built, and waiting would not change that. */
async function rejectNext(
  context: CommandContext,
  current: Stored<TemplateHead>,
  entry: LineEntry,
): Promise<'again'> {
  await settleReplaced(context, entry);
  const { ref, provisioningError } = current.value;
  const why = provisioningError?.message ?? 'it was not accepted';
  const error: Failure = {
    code: 'OperationNotAllowed',
    message: `Template ${ref.name} is in provisioning state Failed: ${why} Correct the template, then send a new request.`,
  };
  const request = await context.store.buildRequests.update(entry.id, (stored) =>
    stored.state === 'waiting' ? { ...stored, state: 'rejected', error } : undefined,
  );
  await context.store.outbox.addEvents([rejectedEvent(request, error)]);
  return removeEntry(context, current, entry);
}

async function settleReplaced({ store }: CommandContext, { id, replaces = [] }: LineEntry): Promise<void> {
  for (const other of replaces) {
    const request = await store.buildRequests.update(other, (stored) =>
      stored.state === 'waiting' ? { ...stored, state: 'coalesced', replacedBy: id } : undefined,
    );
    await store.outbox.addEvents([coalescedEvent(request, id)]);
  }
}

async function wins(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isLostRace(error)) return false;
    throw error;
  }
}
