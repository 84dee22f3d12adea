import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KilnError } from '../../../shared/errors/failure.ts';
import { vhdAddress } from '../../../shared/store/vhd-address.ts';

const account = 'https://kiln.blob.core.windows.net';
const own = { account, documents: `${account}/documents` };
const refused = (error: unknown) => error instanceof KilnError && error.failure.code === 'UrlNotAllowed';

test('a VHD may go to any blob in Azure Storage, and to other containers of our own account', () => {
  for (const url of [
    'https://team.blob.core.windows.net/golden/web.vhd',
    'https://team.z12.blob.storage.azure.net/golden/web.vhd',
    'https://team.blob.core.usgovcloudapi.net/golden/web.vhd',
    `${account}/vhds/web.vhd`,
    `${account}/documents2/web.vhd`,
  ])
    assert.equal(vhdAddress(url, own), url);
  assert.equal(vhdAddress(`${account}/golden/a/../web.vhd?sig=secret#x`, own), `${account}/golden/web.vhd`);
});

test('a host that is not Azure Storage is refused: it would be shown the token of Kiln', () => {
  for (const url of [
    'https://evil.example/golden/web.vhd',
    'https://team.blob.core.windows.net.evil.example/golden/web.vhd',
    'https://evil.example/team.blob.core.windows.net/web.vhd',
    'https://user@evil.example#.blob.core.windows.net/web.vhd',
    'http://team.blob.core.windows.net/golden/web.vhd',
    'https://team.blob.core.windows.net:8443/golden/web.vhd',
    'https://kiln.blob.core.windows.net.evil.example/vhds/web.vhd',
    'golden/web.vhd',
  ])
    assert.throws(() => vhdAddress(url, own), refused, url);
});

test('the documents of Kiln cannot be written over, however their place is spelled', () => {
  for (const path of [
    'documents/artifacts/x',
    'Documents/x',
    '/documents/x',
    '%64ocuments/x',
    'vhds/../documents/x',
    'vhds/%2e%2e/documents/x',
  ])
    assert.throws(() => vhdAddress(`${account}/${path}`, own), refused, path);
});

test('a refusal does not repeat the signature of the URL', () => {
  assert.throws(
    () => vhdAddress('https://evil.example/web.vhd?sig=secret', own),
    (error) => error instanceof KilnError && !error.message.includes('secret'),
  );
});
