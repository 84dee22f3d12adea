import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { isSignature } from '../../../local/service-bus/amqp/access.ts';

const KEY = { name: 'Root', key: 'c2VjcmV0' };
const NOW = Date.parse('2026-11-25T12:00:00Z');
const LATER = String(NOW / 1000 + 60);

/** A token as the clients make it: https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas */
function token({
  resource = 'sb%3a%2f%2flocalhost%2fq',
  expiry = LATER,
  name = KEY.name,
  key = KEY.key,
} = {}): string {
  const signature = createHmac('sha256', key).update(`${resource}\n${expiry}`).digest('base64');
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${name}`;
}

test('a signature with our key counts until its time is over', () => {
  assert.ok(isSignature(KEY, token(), NOW));
  assert.ok(isSignature(KEY, token({ expiry: String(NOW / 1000) }), NOW));
  assert.ok(!isSignature(KEY, token({ expiry: String(NOW / 1000 - 1) }), NOW));
});

const REFUSED: readonly (readonly [string, string])[] = [
  ['of another key', token({ key: 'other' })],
  ['under another name', token({ name: 'Guest' })],
  ['for a time that is none', token({ expiry: 'never' })],
  ['without a time', token({ expiry: '' })],
  ['for a time that was changed', token().replace(LATER, String(NOW))],
  ['for a resource that was changed', token().replace('localhost', 'elsewhere')],
  ['of another kind', token().replace('SharedAccessSignature', 'Bearer')],
  ['that cannot be decoded', token().replace('sig=', 'sig=%')],
  ['of nothing', ''],
];
for (const [what, given] of REFUSED)
  test(`a signature ${what} is refused`, () => assert.ok(!isSignature(KEY, given, NOW)));
