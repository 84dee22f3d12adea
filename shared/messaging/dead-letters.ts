import { randomUUID } from 'node:crypto';
import Long from 'long';
import type {
  ServiceBusClient,
  ServiceBusMessage,
  ServiceBusReceivedMessage,
  ServiceBusReceiver,
} from '@azure/service-bus';
import { type IncomingMessage, KEY_PROPERTY } from '../ports/incoming-message.ts';
import type { Chosen, DeadLetter, DeadLetters } from '../ports/dead-letters.ts';
import { ATTEMPT_PROPERTY } from './resend.ts';

const PAGE = 100;
/** Milliseconds that the broker may take to hand over what is there. */
const PATIENCE_MS = 3000;
/** About the life that ended in the dead-letter queue; a new one begins without them. */
const OLD_PROPERTIES = [ATTEMPT_PROPERTY, 'DeadLetterReason', 'DeadLetterErrorDescription'];

type Queue = { readonly bus: () => ServiceBusClient; readonly name: string };

const open = ({ bus, name }: Queue): ServiceBusReceiver =>
  bus().createReceiver(name, { subQueueType: 'deadLetter', skipParsingBodyAsJson: true });

/**
 * https://learn.microsoft.com/azure/service-bus-messaging/service-bus-dead-letter-queues
 * `keyOf`: the key of the request that a message is.
 */
export function createDeadLetters(queue: Queue, keyOf: (message: IncomingMessage) => string): DeadLetters {
  return {
    list: (most) => peek(queue, most),
    discard: (number) => take(queue, number, () => Promise.resolve()),
    resubmit: (number) =>
      take(queue, number, async (message, letter) => {
        const sender = queue.bus().createSender(queue.name);
        try {
          await sender.sendMessages(again(message, letter, keyOf(letter)));
        } finally {
          await sender.close();
        }
      }),
  };
}

async function peek(queue: Queue, most: number): Promise<DeadLetter[]> {
  const receiver = open(queue);
  try {
    const found: ServiceBusReceivedMessage[] = [];
    // Said each time: the client looks on from where it was, and all receivers of a queue share that place.
    for (let from = Long.ONE; found.length < most;) {
      const page = await receiver.peekMessages(Math.min(PAGE, most - found.length), {
        fromSequenceNumber: from,
      });
      if (page.length === 0) break;
      found.push(...page);
      from = (page.at(-1)?.sequenceNumber ?? from).add(1);
    }
    return found.map(letterOf);
  } finally {
    await receiver.close();
  }
}

type Work = (message: ServiceBusReceivedMessage, letter: DeadLetter) => Promise<void>;

/** The broker has no way to one message by its number: those before it are taken as well, and put back. */
async function take(queue: Queue, number: string, work: Work): Promise<Chosen> {
  const receiver = open(queue);
  const passed: ServiceBusReceivedMessage[] = [];
  try {
    for (;;) {
      const page = await receiver.receiveMessages(PAGE, { maxWaitTimeInMs: PATIENCE_MS });
      const message = page.find((one) => numberOf(one) === number);
      passed.push(...page.filter((one) => one !== message));
      if (page.length === 0) return undefined;
      if (message === undefined) continue;
      const letter = letterOf(message);
      await work(message, letter);
      await receiver.completeMessage(message);
      return { letter };
    }
  } finally {
    for (const message of passed) await receiver.abandonMessage(message);
    await receiver.close();
  }
}

const numberOf = ({ sequenceNumber }: ServiceBusReceivedMessage): string => sequenceNumber?.toString() ?? '';

function letterOf(message: ServiceBusReceivedMessage): DeadLetter {
  const { messageId = '', contentType, correlationId, applicationProperties = {} } = message;
  const { deadLetterReason: reason, deadLetterErrorDescription: description } = message;
  const text = bytesOf(message).toString();
  return {
    number: numberOf(message),
    messageId: String(messageId),
    enqueued: message.enqueuedTimeUtc?.toISOString() ?? '',
    deliveries: message.deliveryCount ?? 0,
    text,
    body: parseJson(text),
    properties: Object.fromEntries(
      Object.entries(applicationProperties).filter(([name]) => !OLD_PROPERTIES.includes(name)),
    ),
    ...(reason !== undefined && { reason }),
    ...(description !== undefined && { description }),
    ...(contentType !== undefined && { contentType }),
    ...(typeof correlationId === 'string' && { correlationId }),
  };
}

/** Under another message id: duplicate detection would drop the old one without a word. The key keeps it the same request. */
function again(message: ServiceBusReceivedMessage, letter: IncomingMessage, key: string): ServiceBusMessage {
  const { contentType, correlationId, subject, applicationProperties = {} } = message;
  const kept = Object.entries(applicationProperties).filter(([name]) => !OLD_PROPERTIES.includes(name));
  return {
    body: bytesOf(message),
    messageId: `${letter.messageId.slice(0, 80)}#resubmitted-${randomUUID().slice(0, 8)}`,
    // What names its own key keeps it by that.
    applicationProperties: {
      ...(key === letter.messageId && { [KEY_PROPERTY]: key }),
      ...Object.fromEntries(kept),
    },
    ...(contentType !== undefined && { contentType }),
    ...(correlationId !== undefined && { correlationId }),
    ...(subject !== undefined && { subject }),
  };
}

/** The body as its bytes. */
function bytesOf({ body }: { readonly body: unknown }): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body ?? null));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
