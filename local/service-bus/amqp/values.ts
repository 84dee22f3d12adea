// Encoded AMQP 1.0 values as bytes: enough to take messages apart and put them together again without changing what the
// sender wrote. https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-types-v1.0-os.html

/** Bytes that are no AMQP value, or not one that belongs here. */
export class MalformedValue extends Error {}

const WIDTH_OF_FIXED: Readonly<Record<number, number>> = { 4: 0, 5: 1, 6: 2, 7: 4, 8: 8, 9: 16 };

/** No client describes a description; without a limit, zeros alone would use up the stack. */
const DEEPEST = 8;

/** Where the value that begins at `at` ends. */
export function endOfValue(bytes: Buffer, at: number, depth = 0): number {
  if (depth > DEEPEST) throw new MalformedValue('A value is described too often.');
  const code = byteAt(bytes, at);
  if (code === 0) return endOfValue(bytes, endOfValue(bytes, at + 1, depth + 1), depth + 1);
  const category = code >>> 4;
  const fixed = WIDTH_OF_FIXED[category];
  const end = at + 1 + (fixed ?? sizeOfVariable(bytes, at, category));
  if (end > bytes.length) throw new MalformedValue('A value is longer than the message.');
  return end;
}

/** Variable, compound and array types begin with their size: one byte in even categories, four in odd ones. */
function sizeOfVariable(bytes: Buffer, at: number, category: number): number {
  if (category < 0xa) throw new MalformedValue(`There is no AMQP type 0x${category.toString(16)}_.`);
  if (category % 2 === 0) return 1 + byteAt(bytes, at + 1);
  if (at + 5 > bytes.length) throw new MalformedValue('The message ends inside a size.');
  return 4 + bytes.readUInt32BE(at + 1);
}

export function byteAt(bytes: Buffer, at: number): number {
  const value = bytes[at];
  if (value === undefined) throw new MalformedValue('The message ends inside a value.');
  return value;
}

/** The items of a list, or the keys and values of a map in turn, each as its bytes. */
export function itemsOf(value: Buffer): Buffer[] {
  const code = byteAt(value, 0);
  if (code === 0x45) return [];
  const isCompound = code === 0xc0 || code === 0xc1 || code === 0xd0 || code === 0xd1;
  if (!isCompound) throw new MalformedValue('A list or map is expected.');
  const items: Buffer[] = [];
  for (let at = code < 0xd0 ? 3 : 9; at < value.length;) {
    const end = endOfValue(value, at);
    items.push(value.subarray(at, end));
    at = end;
  }
  return items;
}

const compound =
  (code: number) =>
  (items: readonly Buffer[]): Buffer => {
    const content = Buffer.concat(items);
    const head = Buffer.alloc(9);
    head.writeUInt8(code, 0);
    head.writeUInt32BE(content.length + 4, 1);
    head.writeUInt32BE(items.length, 5);
    return Buffer.concat([head, content]);
  };

export const list = compound(0xd0);
export const map = compound(0xd1);
export const NULL = Buffer.from([0x40]);

export const isNull = (value: Buffer | undefined): boolean => value === undefined || value[0] === 0x40;

const text =
  (short: number) =>
  (value: string): Buffer => {
    const bytes = Buffer.from(value);
    const head = Buffer.alloc(bytes.length > 255 ? 5 : 2);
    head.writeUInt8(bytes.length > 255 ? short + 0x10 : short, 0);
    if (bytes.length > 255) head.writeUInt32BE(bytes.length, 1);
    else head.writeUInt8(bytes.length, 1);
    return Buffer.concat([head, bytes]);
  };

export const string = text(0xa1);
export const symbol = text(0xa3);

const eightBytes =
  (code: number) =>
  (value: number): Buffer => {
    const bytes = Buffer.alloc(9);
    bytes.writeUInt8(code, 0);
    bytes.writeBigInt64BE(BigInt(value), 1);
    return bytes;
  };

export const long = eightBytes(0x81);
/** Milliseconds since 1970. */
export const timestamp = eightBytes(0x83);

export function uint(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt8(0x70, 0);
  bytes.writeUInt32BE(value, 1);
  return bytes;
}

export function int(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt8(0x71, 0);
  bytes.writeInt32BE(value, 1);
  return bytes;
}

/** A string or symbol; undefined for anything else. */
export function readText(value: Buffer): string | undefined {
  const code = byteAt(value, 0);
  if (code === 0xa1 || code === 0xa3) return value.toString('utf8', 2);
  return code === 0xb1 || code === 0xb3 ? value.toString('utf8', 5) : undefined;
}

/** A whole number or a timestamp; undefined for anything else. */
export function readNumber(value: Buffer): number | undefined {
  switch (byteAt(value, 0)) {
    case 0x43:
    case 0x44:
      return 0;
    case 0x52:
    case 0x53:
      return value.readUInt8(1);
    case 0x54:
    case 0x55:
      return value.readInt8(1);
    case 0x70:
      return value.readUInt32BE(1);
    case 0x71:
      return value.readInt32BE(1);
    case 0x80:
      return Number(value.readBigUInt64BE(1));
    case 0x81:
    case 0x83:
      return Number(value.readBigInt64BE(1));
    default:
      return undefined;
  }
}
