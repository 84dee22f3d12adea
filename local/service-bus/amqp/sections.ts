import { byteAt, endOfValue, itemsOf, MalformedValue, map, readNumber, readText } from './values.ts';

/** The sections of a message by their descriptor code. https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-messaging-v1.0-os.html */
export const SECTION = {
  header: 0x70,
  deliveryAnnotations: 0x71,
  messageAnnotations: 0x72,
  properties: 0x73,
  applicationProperties: 0x74,
  data: 0x75,
} as const;

/** Each with its value's bytes, in the order of the message. The body may have several of one kind. */
export type Section = { readonly code: number; readonly value: Buffer };

const SYMBOLS: Readonly<Record<string, number>> = {
  'amqp:header:list': 0x70,
  'amqp:delivery-annotations:map': 0x71,
  'amqp:message-annotations:map': 0x72,
  'amqp:properties:list': 0x73,
  'amqp:application-properties:map': 0x74,
  'amqp:data:binary': 0x75,
  'amqp:amqp-sequence:list': 0x76,
  'amqp:amqp-value:*': 0x77,
  'amqp:footer:map': 0x78,
};

/** Throws {@link MalformedValue} for bytes that are no message. */
export function splitSections(message: Buffer): Section[] {
  const sections: Section[] = [];
  for (let at = 0; at < message.length;) {
    if (byteAt(message, at) !== 0) throw new MalformedValue('A message consists of described sections.');
    const value = endOfValue(message, at + 1);
    const end = endOfValue(message, value);
    sections.push({
      code: codeOf(message.subarray(at + 1, value)),
      value: message.subarray(value, end),
    });
    at = end;
  }
  return sections;
}

function codeOf(descriptor: Buffer): number {
  const name = readText(descriptor);
  const code = name === undefined ? readNumber(descriptor) : SYMBOLS[name];
  if (code === undefined || code < 0x70 || code > 0x78)
    throw new MalformedValue('A section of an unknown kind.');
  return code;
}

export const joinSections = (sections: readonly Section[]): Buffer =>
  Buffer.concat(sections.flatMap(({ code, value }) => [Buffer.from([0, 0x53, code]), value]));

export const findSection = (sections: readonly Section[], code: number): Buffer | undefined =>
  sections.find((section) => section.code === code)?.value;

/** The entries of a map section by their keys, values as bytes. Keys that are no text are left out. */
export function entriesOf(value: Buffer | undefined): Map<string, readonly [key: Buffer, value: Buffer]> {
  const items = value === undefined ? [] : itemsOf(value);
  const entries = new Map<string, readonly [Buffer, Buffer]>();
  for (let at = 0; at + 1 < items.length; at += 2) {
    const [key, item] = items.slice(at, at + 2);
    const name = key === undefined ? undefined : readText(key);
    if (key !== undefined && item !== undefined && name !== undefined) entries.set(name, [key, item]);
  }
  return entries;
}

export const mapOf = (entries: ReadonlyMap<string, readonly [Buffer, Buffer]>): Buffer =>
  map([...entries.values()].flat());
