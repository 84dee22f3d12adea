import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileOf } from '../../../local/images/base-image.ts';
import { checksumLine, sha256Of } from '../../../local/images/image-file.ts';
import { createMarketplace } from '../../../local/images/marketplace.ts';

const folder = mkdtempSync(join(tmpdir(), 'kiln-marketplace-'));
after(() => rmSync(folder, { recursive: true }));

const adopted: string[] = [];
const disks = {
  adopt: async (file: string) => {
    adopted.push(file);
    return `disk of ${file}`;
  },
};
const now = () => new Date('2026-11-23T12:00:00Z');
const log = () => {};
let offers = 0;
const cacheDir = () => mkdtempSync(join(folder, `cache-${++offers}-`));

test('an empty cache offers Debian for both generations, and the helper of ISO sources, in the version that would be made today', async () => {
  const images = await createMarketplace({ cacheDir: cacheDir(), disks, log, now }).list();
  assert.deepEqual(
    images.map(
      (image) => `${image.publisher}:${image.offer}:${image.sku}:${image.version} ${image.generation}`,
    ),
    [
      'Debian:debian-12:12-gen2:12.20261123.0 V2',
      'Debian:debian-12:12:12.20261123.0 V1',
      'kiln:iso-helper:debian-12:12.20261123.0 V2',
    ],
  );
});

test('a fresh cached version is offered instead of a new one', async () => {
  const cache = cacheDir();
  for (const version of ['12.20261110.0', '12.20261101.0'])
    writeFileSync(fileOf({ folder: cache }, version), 'x');
  writeFileSync(join(cache, 'debian-12.20261120.0-0123abcd.qcow2'), 'of another recipe');
  const images = await createMarketplace({ cacheDir: cache, disks, log, now }).list();
  const versions = images.flatMap(({ publisher, version }) => (publisher === 'Debian' ? version : []));
  assert.deepEqual([...new Set(versions)], ['12.20261110.0', '12.20261101.0']);
});

test('a registered image is handed out after its checksum was compared', async () => {
  const file = join(folder, 'own.raw');
  const configFile = join(folder, 'images.json');
  writeFileSync(file, 'content');
  const entry = {
    urn: 'Contoso:own:one',
    version: '1.0.0',
    generation: 'V1',
    osType: 'Linux',
    file: 'own.raw',
  };
  const register = (sha256: string) =>
    writeFileSync(configFile, JSON.stringify({ images: [{ ...entry, sha256 }] }));
  const marketplace = createMarketplace({ cacheDir: cacheDir(), disks, configFile, log, now });
  register('0'.repeat(64));
  const image = (await marketplace.list()).find((candidate) => candidate.publisher === 'Contoso')!;
  assert.equal('file' in image, false);
  await assert.rejects(marketplace.disk(image), /own\.raw has the SHA-256 checksum [0-9a-f]{64}, not 0{64}/);
  assert.deepEqual(adopted, []);
  register(await sha256Of(file));
  assert.equal(await marketplace.disk({ ...image, publisher: 'CONTOSO' }), `disk of ${file}`);
});

test('an unknown image is refused by name', async () => {
  const marketplace = createMarketplace({ cacheDir: cacheDir(), disks, log, now });
  const image = {
    publisher: 'Canonical',
    offer: 'ubuntu',
    sku: '24',
    version: '1.0.0',
    generation: 'V1',
    osType: 'Linux',
  } as const;
  await assert.rejects(marketplace.disk(image), /no image Canonical:ubuntu:24:1\.0\.0/);
});

test('an old version that is not in the cache cannot be made any more', async () => {
  const marketplace = createMarketplace({ cacheDir: cacheDir(), disks, log, now });
  const image = { ...(await marketplace.list())[0]!, version: '12.20260101.0' };
  await assert.rejects(marketplace.disk(image), /Debian 12\.20260101\.0 is not in the cache/);
});

test('the checksum file is one that sha256sum can check', () => {
  assert.equal(checksumLine('ab', '/x/debian.qcow2'), 'ab  debian.qcow2\n');
});
