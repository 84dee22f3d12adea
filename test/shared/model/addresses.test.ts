import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isPublicAddress } from '../../../shared/model/addresses.ts';
import { checkUrl, withoutSecrets } from '../../../shared/model/url-policy.ts';

const NONE = { allow: [] };

const refused = [
  'http://example.com/a.sh',
  'ftp://example.com/a.sh',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'not a url',
  '',
  'https://user:pass@example.com/',
  'https://localhost/',
  'https://LOCALHOST./',
  'https://build.localhost/',
  'https://metadata/',
  'https://metadata.google.internal/',
  'https://printer.local/',
  'https://127.0.0.1/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://0/',
  'https://10.1.2.3/',
  'https://172.16.0.1/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://169.254.169.254/metadata/instance',
  'https://2852039166/',
  'https://168.63.129.16/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://[::1]/',
  'https://[::]/',
  'https://[fe80::1]/',
  'https://[fd00::1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://[::ffff:a9fe:a9fe]/',
  'https://[64:ff9b::a00:1]/',
  'https://[2002:a00:1::]/',
];
for (const url of refused)
  test(`${url} is refused`, () => {
    const check = checkUrl(url, NONE);
    assert.equal(check.ok, false);
    assert.ok(!check.ok && check.reason !== '');
  });

for (const url of [
  'https://example.com/a.sh?sig=1',
  'https://8.8.8.8/a',
  'https://[2606:4700::1111]/',
  'https://168.63.129.17/',
])
  test(`${url} is allowed`, () => assert.equal(checkUrl(url, NONE).ok, true));

test('an allowed origin is allowed with its scheme and port only', () => {
  const policy = { allow: ['http://127.0.0.1:8000', 'https://scripts.corp'] };
  const allowed = (url: string) => checkUrl(url, policy).ok;
  assert.equal(allowed('http://127.0.0.1:8000/a'), true);
  assert.equal(allowed('https://scripts.corp:443/a'), true);
  assert.equal(allowed('http://127.0.0.1:8001/a'), false);
  assert.equal(allowed('https://127.0.0.1:8000/a'), false);
  assert.equal(allowed('http://scripts.corp/a'), false);
  assert.equal(allowed('http://127.0.0.1:8000@10.0.0.1/a'), false);
});

test('an IPv4 address is judged the same inside an IPv6 one', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => isPublicAddress(address) === isPublicAddress(`::ffff:${address}`)),
  );
});

test('a URL in a message keeps no query', () => {
  fc.assert(
    fc.property(fc.webUrl({ withQueryParameters: true }), (url) => !/\?(?!…)/.test(withoutSecrets(url))),
  );
  assert.equal(withoutSecrets('https://u:p@e.com/a?sig=1#x'), 'https://e.com/a?…');
});
