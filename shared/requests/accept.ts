import { assertMayAsk, assertMaySubmit } from './ask.ts';
import type { CommandContext } from '../commands/context.ts';
import { isLostRace } from '../ports/lost-race.ts';
import { carryOutRun } from '../commands/run-claim.ts';
import { findTemplate } from '../commands/find-template.ts';
import { submitTemplate, type Submission } from '../commands/submit-template.ts';
import { KilnError } from '../errors/failure.ts';
import type { BuildRequest, TemplateHead } from '../model/documents/documents.ts';
import { advance } from './advance.ts';
import { waitingEvent } from './events.ts';
import { withLine } from '../model/documents/head.ts';
import { join, LONGEST_LINE, positionOf } from './line.ts';

/** A request as its message says it, checked. */
export type NewRequest = {
  readonly request: Omit<BuildRequest, 'schema' | 'state' | 'acceptedAt' | 'requestedBy'>;
  /** An inline template, submitted before it is built. */
  readonly submission?: Submission;
};

export type Accepted = { readonly request: BuildRequest; readonly isDuplicate: boolean };

/**
 * Takes a request on: when this answers, it is stored and either its run has started or it stands in line. Repeating it
 * goes on where a killed process stopped, and a request that is done stays what it is. Throws KilnError otherwise:
 * retryable ones may pass by themselves, the others mean that the request can never be carried out.
 */
export async function accept(context: CommandContext, incoming: NewRequest): Promise<Accepted> {
  const { store } = context;
  const known = await store.buildRequests.get(incoming.request.id);
  if (known !== undefined && known.state !== 'waiting') return { request: known, isDuplicate: true };
  if (await isStarted(context, incoming.request))
    return { request: await settle(context, incoming, known), isDuplicate: true };
  if (incoming.submission !== undefined && known === undefined) {
    assertMaySubmit(context, incoming.request.ref);
    await submitTemplate(context, incoming.submission);
  }
  const head = await ready(context, incoming.request);
  if (known === undefined) await assertMayAsk(context, head, incoming.request.parameters);
  const request = known ?? (await keep(context, incoming));
  const joined = await enter(context, head, request);
  await store.lines.note(head.ref);
  await advance(context, head.ref);
  const after = await store.buildRequests.get(request.id);
  if (after?.state === 'waiting') await tellPlace(context, joined, request);
  return { request: after ?? request, isDuplicate: known !== undefined };
}

/** Also finishes the start of a run that this very request had claimed the template for. */
async function isStarted(
  context: CommandContext,
  { ref, id, reason }: NewRequest['request'],
): Promise<boolean> {
  const head = (await context.store.templates.get(ref))?.value;
  if (head?.activeRun === id) await carryOutRun(context, head, id, reason);
  return (await context.store.runs.get(ref, id)) !== undefined;
}

async function settle(
  context: CommandContext,
  incoming: NewRequest,
  known: BuildRequest | undefined,
): Promise<BuildRequest> {
  const request = known ?? (await keep(context, incoming));
  return context.store.buildRequests.update(request.id, (stored) =>
    stored.state === 'waiting' ? { ...stored, state: 'started' } : undefined,
  );
}

async function ready({ store }: CommandContext, { ref }: NewRequest['request']): Promise<TemplateHead> {
  const { value: head } = await findTemplate(store, ref);
  if (head.provisioningState !== 'Failed' && head.provisioningState !== 'Deleting') return head;
  const why = head.provisioningError?.message ?? 'It cannot be built.';
  const message = `Template ${ref.name} is in provisioning state ${head.provisioningState}. ${why} Correct the template, then send the request again.`;
  throw new KilnError({ code: 'TemplateNotReady', message });
}

async function keep({ store, now, actor }: CommandContext, { request }: NewRequest): Promise<BuildRequest> {
  const document: BuildRequest = {
    schema: 1,
    ...request,
    requestedBy: actor,
    acceptedAt: now().toISOString(),
    state: 'waiting',
  };
  try {
    await store.buildRequests.create(document);
    return document;
  } catch (error) {
    if (!isLostRace(error)) throw error;
    // The same message twice at the same moment: the first one's document counts.
    return (await store.buildRequests.get(request.id)) ?? document;
  }
}

async function enter(
  { store }: CommandContext,
  { ref }: TemplateHead,
  request: BuildRequest,
): Promise<TemplateHead> {
  return store.templates.update(ref, (head) => {
    const line = head.line ?? [];
    if (head.activeRun === request.id) return undefined;
    const joined = join(line, request);
    if (joined === line) return undefined;
    if (joined.length > LONGEST_LINE) throw lineFull(head);
    return withLine(head, joined);
  });
}

function lineFull({ ref, line = [] }: TemplateHead): KilnError {
  const message = `${line.length} requests wait for template ${ref.name}, the most there can be. It is tried again later.`;
  return new KilnError({ code: 'TooManyRequests', message });
}

async function tellPlace(
  { store, now }: CommandContext,
  { line = [] }: TemplateHead,
  request: BuildRequest,
): Promise<void> {
  const position = positionOf(line, request.id, now());
  if (position !== undefined) await store.outbox.addEvents([waitingEvent(request, position)]);
}
