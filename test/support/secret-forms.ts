import * as fc from 'fast-check';

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** What a tool in a step may print of a value, with something of its own around it. */
export const FORMS: Readonly<Record<string, (secret: string) => string>> = {
  plain: (secret) => secret,
  base64: (secret) => base64(secret),
  'base64 behind one byte': (secret) => base64(`:${secret}`),
  'base64 behind two bytes': (secret) => base64(`ab${secret}:after`),
  'base64 behind three bytes': (secret) => base64(`abc${secret}\n`),
  'base64 for URLs': (secret) => Buffer.from(`a${secret}`).toString('base64url'),
  'wrapped base64': (secret) => base64(secret).replaceAll(/.{76}/g, '$&\n'),
  'base64 as PEM wraps it': (secret) => base64(secret).replaceAll(/.{64}/g, '$&\n'),
  hexadecimal: (secret) => Buffer.from(secret).toString('hex'),
  'upper-case hexadecimal': (secret) => Buffer.from(secret).toString('hex').toUpperCase(),
  'part of a URL': (secret) => encodeURIComponent(secret),
  JSON: (secret) => JSON.stringify(secret),
  reversed: (secret) =>
    [...Buffer.from(secret, 'latin1')]
      .toReversed()
      .map((byte) => String.fromCharCode(byte))
      .join(''),
};

/** No part of the form that is long enough to tell the value: eight characters in a row. */
export function leak(shown: string, form: string): string | undefined {
  const text = form.replaceAll('\n', '').replaceAll(/=+$/g, '');
  const seen = shown.replaceAll('\n', '');
  return Array.from({ length: Math.max(0, text.length - 9) }, (_, at) => text.slice(at, at + 10)).find(
    (piece) => seen.includes(piece),
  );
}

/** Values that a vault may hold, of one line. */
export const secret = fc
  .stringMatching(/^[A-Za-z0-9!"#$%&'()*+,./:;<=>?@[\\\]^_`{|}~ -]{12,120}$/)
  .filter((text) => text.trim().length > 11);
