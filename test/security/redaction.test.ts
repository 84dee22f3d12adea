import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { REDACT_FUNCTION } from '../../shared/guest/redact.ts';
import { base64, FORMS, leak, secret } from '../support/secret-forms.ts';

function redacted(secret: string, text: string): string {
  const env = { PATH: process.env['PATH'], KILN_SECRETS: 'TOKEN', TOKEN: secret };
  const { stdout, stderr } = spawnSync('sh', ['-c', `${REDACT_FUNCTION}\nredact`], { input: text, env });
  assert.equal(stderr.toString(), '');
  return stdout.toString();
}

test('a secret is redacted in every form that a tool prints it in', () => {
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
