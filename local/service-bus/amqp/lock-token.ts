/** A lock token as the bytes of a UUID, in the order of RFC 9562 as management requests have it. */
export const tokenBytes = (token: string): Buffer => Buffer.from(token.replaceAll('-', ''), 'hex');

export function tokenText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A lock token as delivery tag: .NET writes the first three groups of a GUID with their low byte first. */
export function deliveryTag(token: string): Buffer {
  const bytes = tokenBytes(token);
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}
