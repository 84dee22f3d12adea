import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { lockedPackages } from '../../packaging/release/lock.ts';
import { preAuthEncoding } from '../../shared/provenance/dsse.ts';
import { cycloneDxErrors } from '../support/cyclonedx.ts';
import { ROOT } from '../support/local-kiln.ts';

type Statement = {
  subject: { name: string; digest: { sha256: string } }[];
  predicate: { buildDefinition: { resolvedDependencies: { uri: string; digest: Record<string, string> }[] } };
};

describe('a release of Kiln', () => {
  let folder: string;
  let statement: Statement;
  let signed: boolean;
  const read = (file: string) => readFileSync(path.join(ROOT, file));

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'kiln-release-'));
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = path.join(folder, 'key.pem');
    writeFileSync(key, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
    execFileSync(process.execPath, ['packaging/release/main.ts'], {
      cwd: ROOT,
      env: { ...process.env, KILN_RELEASE_KEY: key },
    });
    const envelope = JSON.parse(read('dist/release/kiln.intoto.json').toString());
    const payload = Buffer.from(envelope.payload, 'base64');
    statement = JSON.parse(payload.toString());
    const signature = Buffer.from(envelope.signatures[0].sig, 'base64');
    const spki = createPublicKey(publicKey.export({ format: 'pem', type: 'spki' }));
    signed = verify('sha256', preAuthEncoding(envelope.payloadType, payload), spki, signature);
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
    rmSync(path.join(ROOT, 'dist/release'), { recursive: true, force: true });
  });

  test('names every file of the package by its checksum, and is signed with the key of the release', () => {
    const names = statement.subject.map(({ name }) => name);
    assert.deepEqual(
      ['functions.js', 'host.json', 'index.js', 'package.json'].filter((file) => !names.includes(file)),
      [],
    );
    for (const { name, digest } of statement.subject)
      assert.equal(
        createHash('sha256')
          .update(read(`dist/app/${name}`))
          .digest('hex'),
        digest.sha256,
      );
    assert.ok(signed);
  });

  test('lists each package inside with the checksum that npm has checked, by the schema of CycloneDX', () => {
    const bom = JSON.parse(read('dist/release/kiln.cdx.json').toString());
    assert.deepEqual(cycloneDxErrors(bom), []);
    const refs: string[] = bom.components.map((one: { 'bom-ref': string }) => one['bom-ref']);
    const locked = lockedPackages(ROOT, refs);
    const hashes = new Map<string, string>(
      bom.components.map((one: any) => [one['bom-ref'], one.hashes?.[0]?.content]),
    );
    for (const { folder: ref, integrity } of locked)
      assert.equal(`sha512-${Buffer.from(hashes.get(ref) ?? '', 'hex').toString('base64')}`, integrity);
    assert.ok(
      refs.includes('@azure/functions') && refs.includes('durable-functions') && refs.includes('ajv'),
    );
    const uris = statement.predicate.buildDefinition.resolvedDependencies.map(({ uri }) => uri);
    for (const { purl } of bom.components) assert.ok(uris.includes(purl), purl);
  });

  test('is not made with a key that is not there', () => {
    const env = { ...process.env, KILN_RELEASE_KEY: path.join(folder, 'none.pem') };
    const { status, stderr } = spawnSync(process.execPath, ['packaging/release/main.ts'], {
      cwd: ROOT,
      env,
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    assert.match(stderr, /none\.pem, which is not there/);
  });

  test('says so when a package in the bundle is not in the lock', () => {
    assert.throws(() => lockedPackages(ROOT, ['left-pad']), /left-pad has no version with a checksum/);
  });
});
