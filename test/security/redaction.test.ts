import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { REDACT_FUNCTION } from '../../shared/guest/redact.ts';

function redacted(secret: string, text: string): string {
  const env = { PATH: process.env['PATH'], KILN_SECRETS: 'TOKEN', TOKEN: secret };
  const { stdout, stderr } = spawnSync('sh', ['-c', `${REDACT_FUNCTION}\nredact`], { input: text, env });
  assert.equal(stderr.toString(), '');
  return stdout.toString();
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** What a tool in a step may print of a value, with something of its own around it. */
const FORMS: Readonly<Record<string, (secret: string) => string>> = {
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
function leak(shown: string, form: string): string | undefined {
  const text = form.replaceAll('\n', '').replaceAll(/=+$/g, '');
  const seen = shown.replaceAll('\n', '');
  return Array.from({ length: Math.max(0, text.length - 9) }, (_, at) => text.slice(at, at + 10)).find(
    (piece) => seen.includes(piece),
  );
}

test('a secret is redacted in every form that a tool prints it in', () => {
  const secret = fc
    .stringMatching(/^[A-Za-z0-9!"#$%&'()*+,./:;<=>?@[\\\]^_`{|}~ -]{12,120}$/)
    .filter((text) => text.trim().length > 11);
  fc.assert(
    fc.property(secret, (value) => {
      const all = Object.entries(FORMS).map(([name, form]) => ({ name, text: form(value) }));
      const shown = redacted(value, all.map(({ text }) => `before ${text} after`).join('\n'));
      for (const { name, text } of all)
        assert.equal(leak(shown, text), undefined, `${name} of ${value}: ${shown}`);
    }),
    { numRuns: 60 },
  );
});

test('a secret of several lines is redacted line by line, whole in Base64 and in JSON', () => {
  const value = `-----BEGIN KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nabcdefgh1234567890ABCDEFGHIJKLMN\n'.repeat(3)}-----END KEY-----`;
  const printed = [value, base64(value).replaceAll(/.{76}/g, '$&\n'), JSON.stringify({ key: value })].join(
    '\n',
  );
  const shown = redacted(value, printed);
  for (const piece of ['MIIEvQ', 'abcdefgh12', base64(value).slice(0, 12), base64(value).slice(80, 92)])
    assert.ok(!shown.includes(piece), shown);
});

test('ordinary output keeps every byte, and short values redact nothing but themselves', () => {
  const text = 'Reading lists…\nnaïve \\ "quoted" %20 aGVsbG8= 68656c6c6f\n';
  assert.equal(redacted('another secret', text), text);
  assert.equal(redacted('abc', 'abc cba YWJj 616263\n'), '[redacted] cba YWJj 616263\n');
});
