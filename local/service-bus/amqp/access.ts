import { createHmac, timingSafeEqual } from 'node:crypto';

/** The one shared access key of the local namespace. */
export type AccessKey = { readonly name: string; readonly key: string };

/** SASL PLAIN: the name of the key and the key. */
export const isKey = ({ name, key }: AccessKey, user: string, password: string): boolean =>
  user === name && isSame(password, key);

/**
 * A shared access signature made with our key, and not over yet.
 * https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas
 */
export function isSignature({ name, key }: AccessKey, token: string, now: number): boolean {
  const given = /^SharedAccessSignature (.*)$/.exec(token)?.[1];
  if (given === undefined) return false;
  // Signed is the resource as it is written in the token, so that is not decoded.
  const raw = new Map(
    given.split('&').map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  );
  const resource = raw.get('sr') ?? '';
  const expiry = raw.get('se') ?? '';
  if (decode(raw.get('skn')) !== name || !(Number(expiry) * 1000 >= now)) return false;
  const expected = createHmac('sha256', key).update(`${resource}\n${expiry}`).digest('base64');
  return isSame(decode(raw.get('sig')), expected);
}

function decode(text = ''): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
