import { randomUUID } from 'node:crypto';
import type { Message, NewMessage } from '../queue/message.ts';
import {
  entriesOf,
  findSection,
  joinSections,
  mapOf,
  SECTION,
  splitSections,
  type Section,
} from './sections.ts';
import {
  int,
  isNull,
  itemsOf,
  list,
  long,
  MalformedValue,
  NULL,
  readNumber,
  readText,
  string,
  symbol,
  timestamp,
  uint,
} from './values.ts';

const HEADER = { ttl: 2, deliveryCount: 4 };

/**
 * Takes in what a sender sent. Its bytes stay as they are, but for a message id, which a receiver cannot do without.
 * Throws {@link MalformedValue} for everything that `writeMessage` and `withProperties` could not read later.
 */
export function readMessage(bytes: Buffer): NewMessage {
  const sections = splitSections(bytes);
  entriesOf(findSection(sections, SECTION.applicationProperties));
  const ttl = itemsOfSection(sections, SECTION.header)[HEADER.ttl];
  const annotations = entriesOf(findSection(sections, SECTION.messageAnnotations));
  const scheduled = annotations.get('x-opt-scheduled-enqueue-time')?.[1];
  const [idBytes] = itemsOfSection(sections, SECTION.properties);
  const messageId = idBytes === undefined || isNull(idBytes) ? undefined : idText(idBytes);
  const id = messageId ?? randomUUID().replaceAll('-', '');
  return {
    content: messageId === undefined ? joinSections(withMessageId(sections, id)) : bytes,
    messageId: id,
    timeToLive: milliseconds(ttl),
    scheduledFor: milliseconds(scheduled),
  };
}

/** The longest times that a client can write are more than a clock or the store can hold. */
function milliseconds(value: Buffer | undefined): number | undefined {
  const number = value && readNumber(value);
  if (number !== undefined && !Number.isSafeInteger(number))
    throw new MalformedValue(`${number} ms is out of range.`);
  return number;
}

/** Several messages in one transfer: each data section holds one. */
export const readBatch = (bytes: Buffer): NewMessage[] =>
  splitSections(bytes)
    .filter(({ code }) => code === SECTION.data)
    .map(({ value }) => readMessage(contentOfBinary(value)));

/** What a receiver gets: the sender's bytes under the broker's own header and annotations. */
export function writeMessage(message: Message): Buffer {
  const sections = splitSections(Buffer.from(message.content));
  const isKept = ({ code }: Section): boolean =>
    code > SECTION.messageAnnotations && code !== SECTION.applicationProperties;
  const properties = sections.filter(({ code }) => code === SECTION.properties);
  const application = applicationProperties(sections, message);
  return joinSections([
    { code: SECTION.header, value: header(sections, message.deliveryCount) },
    { code: SECTION.messageAnnotations, value: annotations(sections, message) },
    ...properties,
    ...(application === undefined ? [] : [{ code: SECTION.applicationProperties, value: application }]),
    ...sections.filter((section) => isKept(section) && section.code !== SECTION.properties),
  ]);
}

/** Sets or replaces application properties, given as an encoded map. */
export function withProperties(content: Uint8Array, changes: Buffer | undefined): Buffer {
  const sections = splitSections(Buffer.from(content));
  const entries = entriesOf(findSection(sections, SECTION.applicationProperties));
  for (const [name, entry] of entriesOf(changes)) entries.set(name, entry);
  return joinSections(replaceSection(sections, SECTION.applicationProperties, mapOf(entries)));
}

function header(sections: readonly Section[], deliveryCount: number): Buffer {
  const items = itemsOfSection(sections, SECTION.header);
  while (items.length < HEADER.deliveryCount) items.push(NULL);
  items[HEADER.deliveryCount] = uint(deliveryCount);
  return list(items);
}

const STATES = { active: 0, deferred: 1, scheduled: 2 };

/** https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide#message-annotations */
function annotations(sections: readonly Section[], message: Message): Buffer {
  const entries = entriesOf(findSection(sections, SECTION.messageAnnotations));
  const set = (name: string, value: Buffer): unknown => entries.set(name, [symbol(name), value]);
  set('x-opt-sequence-number', long(message.sequence));
  set('x-opt-enqueue-sequence-number', long(message.originalSequence));
  set('x-opt-enqueued-time', timestamp(message.enqueuedAt));
  set('x-opt-message-state', int(STATES[message.state]));
  if (message.lock) set('x-opt-locked-until', timestamp(message.lock.until));
  if (message.deadLetter) set('x-opt-deadletter-source', string(message.deadLetter.source));
  return mapOf(entries);
}

function applicationProperties(sections: readonly Section[], { deadLetter }: Message): Buffer | undefined {
  const given = findSection(sections, SECTION.applicationProperties);
  if (!deadLetter) return given;
  const entries = entriesOf(given);
  const { reason, description } = deadLetter;
  for (const [name, value] of Object.entries({
    DeadLetterReason: reason,
    DeadLetterErrorDescription: description,
  }))
    if (value !== undefined) entries.set(name, [string(name), string(value)]);
  return mapOf(entries);
}

function withMessageId(sections: readonly Section[], id: string): Section[] {
  const [, ...others] = itemsOfSection(sections, SECTION.properties);
  return replaceSection(sections, SECTION.properties, list([string(id), ...others]));
}

/** In place, or where the specification's order of sections wants it. */
function replaceSection(sections: readonly Section[], code: number, value: Buffer): Section[] {
  const before = sections.filter((section) => section.code < code);
  const after = sections.filter((section) => section.code > code);
  return [...before, { code, value }, ...after];
}

function itemsOfSection(sections: readonly Section[], code: number): Buffer[] {
  const value = findSection(sections, code);
  return value === undefined ? [] : itemsOf(value);
}

function contentOfBinary(value: Buffer): Buffer {
  return value.subarray(value[0] === 0xa0 ? 2 : 5);
}

/** Ids are strings, numbers, UUIDs or bytes on the wire. */
function idText(value: Buffer): string {
  // Not by way of a number, which two large ones may share.
  if (value[0] === 0x80) return value.readBigUInt64BE(1).toString();
  return readText(value) ?? readNumber(value)?.toString() ?? value.toString('hex', value[0] === 0x98 ? 1 : 2);
}
