import rhea from 'rhea';
import type { Namespace } from '../namespace.ts';
import type { Message } from '../queue/message.ts';
import type { Queue } from '../queue/queue.ts';
import type { Client } from './client.ts';
import { CONDITION } from './conditions.ts';
import { tokenBytes, tokenText } from './lock-token.ts';
import { readMessage, writeMessage } from './message.ts';
import { revision } from './outgoing-link.ts';
import { toValues, type Values } from './rhea.convert.ts';
import { MalformedValue } from './values.ts';

/** An answer to a management request; statuses are those of HTTP. */
export type Answer = {
  readonly status: number;
  readonly description: string;
  readonly condition?: string;
  readonly body?: Values;
};

export type Request = { readonly operation: string; readonly body: Values };

type Entity = { readonly address: string; readonly queue: Queue | undefined };
type Call = {
  readonly namespace: Namespace;
  readonly client: Client;
  readonly entity: Entity;
  readonly body: Values;
};

const { types } = rhea;
const OK: Answer = { status: 200, description: 'OK' };
const LOST: Answer = {
  status: 410,
  description: 'The lock supplied is invalid.',
  condition: CONDITION.lockLost,
};
const MISSING: Answer = {
  status: 404,
  description: 'The message could not be found.',
  condition: CONDITION.messageNotFound,
};
const TIMESTAMP = 0x83;
const LONG = 0x81;
const MOST_PEEKED = 1000;

/** What the official clients ask of `<entity>/$management`. */
const OPERATIONS: Readonly<Record<string, (call: Call) => Answer>> = {
  'com.microsoft:renew-lock': renewLock,
  'com.microsoft:schedule-message': scheduleMessages,
  'com.microsoft:cancel-scheduled-message': cancelScheduled,
  'com.microsoft:peek-message': peekMessages,
  'com.microsoft:receive-by-sequence-number': receiveDeferred,
  'com.microsoft:update-disposition': updateDisposition,
};

/** https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response */
export function manage(namespace: Namespace, client: Client, address: string, request: Request): Answer {
  const isKnown = Object.hasOwn(OPERATIONS, request.operation);
  const operation = isKnown ? OPERATIONS[request.operation] : undefined;
  const queue = namespace.find(address);
  if (queue === undefined && namespace.destinations(address) === undefined)
    return { status: 404, description: `There is no entity '${address}'.`, condition: CONDITION.notFound };
  if (operation === undefined) return notSupported(request.operation);
  try {
    return operation({ namespace, client, entity: { address, queue }, body: request.body });
  } catch (error) {
    if (!(error instanceof MalformedValue)) throw error;
    return { status: 400, description: error.message, condition: CONDITION.decodeError };
  }
}

function notSupported(operation: string): Answer {
  const description = `The local broker has no operation '${operation}'.`;
  return { status: 501, description, condition: CONDITION.notImplemented };
}

function renewLock({ namespace, entity: { queue }, body }: Call): Answer {
  const ends = namespace.act(() => tokens(body).map((token) => queue?.renew(token)));
  if (ends.some((end) => end === undefined)) return LOST;
  return { ...OK, body: { expirations: types.wrap_array(ends, TIMESTAMP, undefined) } };
}

function scheduleMessages({ namespace, entity: { address }, body }: Call): Answer {
  const destinations = namespace.destinations(address);
  if (destinations === undefined)
    return {
      status: 403,
      description: `Nothing can be sent to '${address}'.`,
      condition: CONDITION.notAllowed,
    };
  const drafts = listOf(body['messages']).map((item) => {
    const { message } = toValues(item);
    if (!Buffer.isBuffer(message)) throw new MalformedValue('A message without bytes.');
    return readMessage(message);
  });
  const sequences = namespace.send(destinations, drafts);
  // Azure answers a duplicate with the number of the first one; 0 is a number that no message has.
  const numbers = sequences.map((sequence) => longBytes(sequence ?? 0));
  return { ...OK, body: { 'sequence-numbers': types.wrap_array(numbers, LONG, undefined) } };
}

function cancelScheduled({ namespace, entity: { queue }, body }: Call): Answer {
  const isDone = namespace.act(() => sequencesOf(body).map((each) => queue?.cancelScheduled(each) === true));
  return isDone.every(Boolean) ? OK : MISSING;
}

function peekMessages({ namespace, entity: { queue }, body }: Call): Answer {
  const [from = 0] = numbersOf([body['from-sequence-number']]);
  const [count = 1] = numbersOf([body['message-count']]);
  const found = namespace.act(() => queue?.peek(from, Math.min(count, MOST_PEEKED))) ?? [];
  if (found.length === 0) return { status: 204, description: 'NoContent' };
  const messages = found.map((message) => types.wrap_map({ message: writeMessage(message) }));
  return { ...OK, body: { messages: types.wrap_list(messages) } };
}

function receiveDeferred({ namespace, client, entity: { queue }, body }: Call): Answer {
  const isDeleted = body['receiver-settle-mode'] === 0;
  const found = namespace.act(() => queue?.receiveDeferred(sequencesOf(body), client, isDeleted));
  if (queue === undefined || found === undefined) return MISSING;
  client.holds(queue, () => namespace.act(() => queue.releaseAllOf(client)));
  const messages = found.map((message) => types.wrap_map(lockedMessage(message)));
  return { ...OK, body: { messages: types.wrap_list(messages) } };
}

function lockedMessage(message: Message): Values {
  const token = message.lock === undefined ? Buffer.alloc(16) : tokenBytes(message.lock.token);
  return { 'lock-token': types.wrap_uuid(token), message: writeMessage(message) };
}

/** Settles messages whose link is gone, or that were deferred. */
function updateDisposition({ namespace, entity: { queue }, body }: Call): Answer {
  const revise = revision(toValues(body['properties-to-modify']));
  const why = {
    reason: textOf(body['deadletter-reason']),
    description: textOf(body['deadletter-description']),
  };
  const settle = (token: string): boolean | undefined => {
    switch (body['disposition-status']) {
      case 'completed':
        return queue?.complete(token);
      case 'abandoned':
        return queue?.abandon(token, revise);
      // Spelled like this on the wire.
      case 'defered':
        return queue?.defer(token, revise);
      case 'suspended':
        return queue?.deadLetter(token, why, revise);
      default:
        return false;
    }
  };
  return namespace.act(() => tokens(body).map(settle)).every((isDone) => isDone === true) ? OK : LOST;
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const tokens = (body: Values): string[] =>
  listOf(body['lock-tokens']).map((token) => (Buffer.isBuffer(token) ? tokenText(token) : ''));

const sequencesOf = (body: Values): number[] => numbersOf(listOf(body['sequence-numbers']));

/** Longs are numbers, or bytes when rhea takes them for too large or the client wrote them so. */
function numbersOf(values: readonly unknown[]): number[] {
  return values.flatMap((value) => {
    if (Buffer.isBuffer(value) && value.length === 8) return [Number(value.readBigInt64BE())];
    return typeof value === 'number' ? [value] : [];
  });
}

function longBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}
