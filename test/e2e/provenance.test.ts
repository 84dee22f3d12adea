// A VHD from the local cloud, and the signed statement that says where it comes from: as somebody has them who trusts a key alone.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { X509CertificateGenerator } from '@peculiar/x509';
import { run } from '../cli/command.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { galleryVersion, shell, template, vhd } from '../support/templates.ts';

describe('a build', () => {
  let kiln: LocalKiln;
  const inFolder = (name: string) => path.join(kiln.folder, name);
  const cli = (...args: string[]) => run(args, kiln.folder, { env: { KILN_DATA: kiln.folder } });
  const trust = () => ['--key', inFolder('provenance-key.pem.pub')];

  before(async () => {
    kiln = await LocalKiln.start();
    const targets = [vhd, galleryVersion(kiln.endpoints.subscriptionId, ['westeurope'])];
    await kiln.submit('web', template([shell('hello', 'echo hello')], targets));
    const done = await kiln.run('web');
    assert.equal(done.state, 'Succeeded', JSON.stringify(done));
    const fetched = await cli('download', 'web', 'web-vhd', '-o', 'web.vhd');
    assert.equal(fetched.code, 0, fetched.stderr);
  });
  after(() => kiln.stop());

  test('proves offline that a file is what a run has made, and says what is not proved', async () => {
    const { code, stdout, stderr } = await run(
      ['verify', 'web.vhd', '--key', 'provenance-key.pem.pub'],
      kiln.folder,
    );
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^proved: every byte of web\.vhd .* made of web revision 1 and urn:azure:marketplace:Debian/,
    );
    assert.match(stdout, /not proved: whose key it is, and that the steps did what they say\.\n$/);
  });

  test('refuses a file with one changed byte', async () => {
    const bytes = readFileSync(inFolder('web.vhd'));
    const at = Math.floor(bytes.length / 2);
    const handle = await open(inFolder('web.vhd'), 'r+');
    await handle.write(Buffer.from([(bytes[at] ?? 0) ^ 1]), 0, 1, at);
    const { code, stderr } = await cli('verify', 'web.vhd', ...trust());
    await handle.write(bytes.subarray(at, at + 1), 0, 1, at);
    await handle.close();
    assert.equal(code, 1);
    assert.match(stderr, /web\.vhd is not what was built/);
    assert.equal((await cli('verify', 'web.vhd', ...trust())).code, 0);
  });

  test('refuses a changed statement and a foreign key', async () => {
    const envelope = JSON.parse(readFileSync(inFolder('web.vhd.intoto.json'), 'utf8'));
    const text = Buffer.from(envelope.payload, 'base64').toString().replace('"revision":1', '"revision":2');
    const payload = Buffer.from(text).toString('base64');
    writeFileSync(inFolder('changed.json'), JSON.stringify({ ...envelope, payload }));
    const changed = await cli('verify', 'web.vhd', '--provenance', 'changed.json', ...trust());
    assert.equal(changed.code, 1);
    assert.match(changed.stderr, /The statement was changed, or another key has signed it/);
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(inFolder('foreign.pem'), publicKey.export({ format: 'pem', type: 'spki' }));
    const foreign = await cli('verify', 'web.vhd', '--key', 'foreign.pem');
    assert.equal(foreign.code, 1);
    assert.match(foreign.stderr, /another key has signed it/);
  });

  test('proves what each of its outputs is by its name, and a version by its number', async () => {
    const { code, stdout, stderr } = await cli('verify', 'web', ...trust());
    assert.equal(code, 0, stderr);
    assert.match(stdout, /proved: web-vhd \(http.*not proved: that the blob still has these bytes/);
    const number = /versions\/(\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? '';
    const version = await cli('verify', `web@${number}`, ...trust());
    assert.equal(version.code, 0, version.stderr);
    assert.match(version.stdout, /^proved: web-gallery \(.*not proved: /);
    assert.equal((await cli('verify', 'web@9.9.9', ...trust())).code, 2);
  });

  test('asks whom to trust, and takes a certificate', async () => {
    assert.match((await cli('verify', 'web.vhd')).stderr, /Say whom you trust/);
    const pem = readFileSync(inFolder('provenance-key.pem'));
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const importKey = (format: 'pkcs8' | 'spki', bytes: Buffer, usage: 'sign' | 'verify') =>
      crypto.subtle.importKey(format, new Uint8Array(bytes), algorithm, true, [usage]);
    const privateKey = await importKey(
      'pkcs8',
      createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' }),
      'sign',
    );
    const publicKey = await importKey(
      'spki',
      createPublicKey(pem).export({ format: 'der', type: 'spki' }),
      'verify',
    );
    const make = async (file: string, notAfter: Date) => {
      const certificate = await X509CertificateGenerator.createSelfSigned({
        name: 'CN=golden images',
        notBefore: new Date('2020-01-01'),
        notAfter,
        keys: { privateKey, publicKey },
        signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
      });
      writeFileSync(inFolder(file), certificate.toString('pem'));
    };
    await make('good.pem', new Date('2100-01-01'));
    const good = await cli('verify', 'web.vhd', '--cert', 'good.pem');
    assert.equal(good.code, 0, good.stderr);
    assert.match(good.stdout, /signed by the key of CN=golden images/);
    await make('over.pem', new Date('2021-01-01'));
    const over = await cli('verify', 'web.vhd', '--cert', 'over.pem');
    assert.equal(over.code, 1);
    assert.match(over.stderr, /The certificate is valid from 2020-01-01.* to 2021-01-01/);
  });

  const historyIn = (file: string): any => {
    const [, text = 'null'] = /wrote \S+image\.json (.*)/.exec(readFileSync(inFolder(file), 'latin1')) ?? [];
    return JSON.parse(text);
  };

  test('is written down in the image itself, unless the template says no', async () => {
    const { run: id, source, steps, template: of } = historyIn('web.vhd');
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.ok(of.endsWith('/imageTemplates/web'));
    assert.match(source.uri, /^urn:azure:marketplace:Debian:debian-12:12-gen2:\d/);
    assert.deepEqual([steps[0].name, steps[0].type, steps[0].sha256.length], ['hello', 'Shell', 64]);
    const silent = template([shell('hello', 'echo hello')], [vhd]);
    await kiln.submit('silent', { ...silent, properties: { ...silent.properties, history: false } });
    assert.equal((await kiln.run('silent')).state, 'Succeeded');
    assert.equal((await cli('download', 'silent', 'web-vhd', '-o', 'silent.vhd')).code, 0);
    assert.equal(historyIn('silent.vhd'), null);
  });

  test('is written down in a Windows image too', async () => {
    const body = template([{ type: 'PowerShell', name: 'hello', inline: ['Write-Output hello'] }], [vhd]);
    const offer = { publisher: 'MicrosoftWindowsServer', offer: 'WindowsServer' };
    const source = { ...offer, sku: '2022-datacenter-azure-edition', version: 'latest' };
    await kiln.submit('win', {
      ...body,
      properties: { ...body.properties, source: { type: 'PlatformImage', ...source } },
    });
    assert.equal((await kiln.run('win')).state, 'Succeeded');
    assert.equal((await cli('download', 'win', 'web-vhd', '-o', 'win.vhd')).code, 0);
    assert.deepEqual(
      historyIn('win.vhd').steps.map(({ name }: any) => name),
      ['hello'],
    );
  });
});
