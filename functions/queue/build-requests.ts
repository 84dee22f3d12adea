import type { CommandContext } from '../../shared/commands/context.ts';
import { type Failure, isRetryable, KilnError } from '../../shared/errors/failure.ts';
import type { CloudEvent } from '../../shared/model/cloud-event.ts';
import type { Settlement } from '../../shared/messaging/settlement.convert.ts';
import { accept } from '../../shared/requests/accept.ts';
import { poisonEvent } from '../../shared/requests/events.ts';
import { templateId } from '../../shared/model/ids.ts';
import type { IncomingMessage } from '../../shared/ports/incoming-message.ts';
import { keyOf, readMessage } from '../../shared/requests/read-message.ts';
import type { Resend } from '../../shared/messaging/resend.ts';

export type QueueContext = {
  readonly commands: CommandContext;
  readonly appName: string;
  readonly settlement: Settlement;
  readonly resend: Resend;
  /** Sends events that are in the outbox at once; never throws. */
  readonly tell: (events: readonly CloudEvent[]) => Promise<void>;
  readonly log: { info(text: string): void; warn(text: string): void };
};

export type Delivery = IncomingMessage & { readonly lockToken: string; readonly attempt: number };

/** Trouble that a later look may not meet any more, though the code alone does not say so. */
const PASSING = ['OperationNotAllowed', 'Conflict', 'PreconditionFailed'];
/** Milliseconds before the next attempt: 10 s, 20 s, … up to half an hour; about four hours in all. */
const FIRST_PAUSE = 10_000;
const LONGEST_PAUSE = 1_800_000;
const ATTEMPTS = 15;

/**
 * One message of `build-requests`, settled in every case and never before what it asks for is durable. A host that dies
 * anywhere in here leaves the message to its next delivery, which finds what the first one did.
 */
export async function handleRequest(context: QueueContext, delivery: Delivery): Promise<void> {
  const { commands, settlement, log } = context;
  try {
    const incoming = readMessage(delivery, commands.urls);
    const { request, isDuplicate } = await accept(commands, incoming);
    const what = isDuplicate ? 'known' : 'accepted';
    const about = `message ${delivery.messageId}, template ${templateId(request.ref)}`;
    log.info(`request ${request.id} (${about}): ${what}, ${request.state}`);
    await settlement.complete(delivery.lockToken);
  } catch (error) {
    if (error instanceof KilnError) await settleFailed(context, delivery, error.failure);
    else throw error;
  }
}

async function settleFailed(context: QueueContext, delivery: Delivery, failure: Failure): Promise<void> {
  const { settlement, resend, log } = context;
  const mayPass = isRetryable(failure) || PASSING.includes(failure.code);
  if (!mayPass) {
    await reject(context, delivery, failure);
    return;
  }
  const isDrained = failure.code === 'Drained';
  if (delivery.attempt >= ATTEMPTS && !isDrained) {
    const message = `Tried ${ATTEMPTS} times: ${failure.message} Send the request again when this is mended.`;
    await reject(context, delivery, { ...failure, message });
    return;
  }
  // A drain may last longer than all attempts: it costs none.
  const attempt = isDrained ? delivery.attempt : delivery.attempt + 1;
  const pause = failure.retryAfterMs ?? Math.min(FIRST_PAUSE * 2 ** (delivery.attempt - 1), LONGEST_PAUSE);
  log.warn(`message ${delivery.messageId}: ${failure.code}: ${failure.message} Next attempt in ${pause} ms.`);
  // The copy first: a host that dies in between leaves two, which are one request by their key.
  await resend(delivery, { key: keyOf(delivery, undefined), attempt, pause });
  await settlement.complete(delivery.lockToken);
}

async function reject(context: QueueContext, delivery: Delivery, failure: Failure): Promise<void> {
  const { commands, appName, settlement, log } = context;
  log.warn(`message ${delivery.messageId} is dead-lettered: ${failure.code}: ${failure.message}`);
  // Told first: the event's id is the message's, so that a repetition tells the same.
  const event = poisonEvent(appName, delivery.messageId, failure, commands.now().toISOString());
  await commands.store.outbox.addEvents([event]);
  await context.tell([event]);
  await settlement.deadLetter(delivery.lockToken, failure.code, failure.message);
}
