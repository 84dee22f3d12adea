import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { serverCertificate } from '../../../local/azure/tls/authority.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-tls-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('each start makes a certificate for loopback by the authority of the first', async () => {
  const first = await serverCertificate(folder);
  const ca = new X509Certificate(readFileSync(first.caFile));
  const second = await serverCertificate(folder);
  assert.equal(new X509Certificate(readFileSync(second.caFile)).fingerprint256, ca.fingerprint256);
  for (const { cert, key } of [first, second]) {
    const leaf = new X509Certificate(cert);
    assert.ok(leaf.checkIssued(ca) && leaf.verify(ca.publicKey));
    assert.equal(leaf.checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(leaf.checkHost('localhost'), 'localhost');
    assert.equal(leaf.checkHost('management.azure.com'), undefined);
    assert.equal(leaf.ca, false);
    assert.match(key, /PRIVATE KEY/);
  }
  assert.notEqual(first.key, second.key);
});

test('an authority that cannot be read is replaced', async () => {
  writeFileSync(path.join(folder, 'authority.pem'), '');
  const { cert, caFile } = await serverCertificate(folder);
  assert.ok(new X509Certificate(cert).checkIssued(new X509Certificate(readFileSync(caFile))));
});
