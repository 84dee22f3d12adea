import { randomUUID } from 'node:crypto';
import type { ServiceBusClient, ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import { isObject, parseJson } from '../api/json.ts';
import { REQUESTS } from './connect-bus.ts';

const PAGE = 100;
const PATIENCE_MS = 3000;

/** Set by Kiln on a copy of a message: the key of the request, which makes it the same request. */
const KEY_PROPERTY = 'kiln-request-key';
/** About the life that ended in the dead-letter queue; a new one begins without them. */
const OLD_PROPERTIES = ['kiln-attempt', 'DeadLetterReason', 'DeadLetterErrorDescription'];

const openDeadLetters = (client: ServiceBusClient): ServiceBusReceiver =>
  client.createReceiver(REQUESTS, { subQueueType: 'deadLetter', skipParsingBodyAsJson: true });

/** Every dead letter, oldest first, without taking any. Once per client, which looks on from where it was. */
export async function listDeadLetters(client: ServiceBusClient): Promise<ServiceBusReceivedMessage[]> {
  const receiver = openDeadLetters(client);
  const found: ServiceBusReceivedMessage[] = [];
  for (;;) {
    const page = await receiver.peekMessages(PAGE);
    if (page.length === 0) return found;
    found.push(...page);
  }
}

/** Its sequence number, or the beginning of its message id. */
export function isNamed(message: ServiceBusReceivedMessage, name: string): boolean {
  return message.sequenceNumber?.toString() === name || String(message.messageId ?? '').startsWith(name);
}

/**
 * Sends the chosen dead letters to the queue again, and then takes them away: killed in between, there are two of one
 * request, which Kiln knows by its key. Gives the messages that were sent.
 */
export async function resubmit(
  client: ServiceBusClient,
  chosen: readonly ServiceBusReceivedMessage[],
): Promise<ServiceBusReceivedMessage[]> {
  const receiver = openDeadLetters(client);
  const sender = client.createSender(REQUESTS);
  const wanted = new Set(chosen.map(sequenceOf));
  const passed: ServiceBusReceivedMessage[] = [];
  const sent: ServiceBusReceivedMessage[] = [];
  while (wanted.size > 0) {
    const page = await receiver.receiveMessages(PAGE, { maxWaitTimeInMs: PATIENCE_MS });
    if (page.length === 0) break;
    for (const message of page) {
      if (!wanted.delete(sequenceOf(message))) {
        passed.push(message);
        continue;
      }
      await sender.sendMessages(again(message));
      await receiver.completeMessage(message);
      sent.push(message);
    }
  }
  for (const message of passed) await receiver.abandonMessage(message);
  return sent;
}

const sequenceOf = (message: ServiceBusReceivedMessage): string => message.sequenceNumber?.toString() ?? '';

/** Under another message id: duplicate detection would drop the old one without a word. */
function again(
  message: ServiceBusReceivedMessage,
): Parameters<ReturnType<ServiceBusClient['createSender']>['sendMessages']>[0] {
  const { messageId = '', contentType, correlationId, subject } = message;
  const properties = Object.fromEntries(
    Object.entries(message.applicationProperties ?? {}).filter(([name]) => !OLD_PROPERTIES.includes(name)),
  );
  return {
    body: bodyOf(message),
    messageId: `${String(messageId).slice(0, 80)}#resubmitted-${randomUUID().slice(0, 8)}`,
    applicationProperties: { ...keyOf(message), ...properties },
    ...(contentType === undefined ? {} : { contentType }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(subject === undefined ? {} : { subject }),
  };
}

/** The key that the message id stood for, unless the message names its own. */
function keyOf(message: ServiceBusReceivedMessage): Record<string, string> {
  const body = parseJson(bodyOf(message).toString());
  const isEvent = isObject(body) && body['specversion'] !== undefined;
  const own = isObject(body) && typeof body['idempotencyKey'] === 'string';
  const isBinary = Object.keys(message.applicationProperties ?? {}).some((name) =>
    /^cloudEvents[:_]id$/.test(name),
  );
  return isEvent || own || isBinary ? {} : { [KEY_PROPERTY]: String(message.messageId ?? '') };
}

/** The body as its bytes. */
export function bodyOf({ body }: { readonly body: unknown }): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body ?? null));
}
