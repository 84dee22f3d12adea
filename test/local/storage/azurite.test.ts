import assert from 'node:assert/strict';
<<<<<<< HEAD
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { BlobSASPermissions, ContainerClient } from '@azure/storage-blob';
import { type Azurite, startAzurite } from '../../../local/storage/azurite.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-storage-'));
let azurite: Azurite;
before(async () => {
  azurite = await startAzurite({ location: folder });
});
after(async () => {
  await azurite.stop();
  rmSync(folder, { recursive: true });
});

async function container(name: string): Promise<ContainerClient> {
  const client = new ContainerClient(azurite.connectionString, name);
  await client.createIfNotExists();
  return client;
}

test('a disk of gigabytes is copied from its SAS at once, because it is referenced and not read', async () => {
  const source = (await container('managed-disks')).getPageBlobClient('disk');
  await source.create(2 * 1024 ** 3 + 512);
  await source.uploadPages(Buffer.alloc(512, 7), 2 * 1024 ** 3, 512);
  const expiresOn = new Date(Date.now() + 60_000);
  const sas = await source.generateSasUrl({ permissions: BlobSASPermissions.parse('r'), expiresOn });
  const target = (await container('vhds')).getPageBlobClient('copy.vhd');
  const { copyStatus } = await (await target.beginCopyFromURL(sas)).pollUntilDone();
  assert.equal(copyStatus, 'success');
  assert.deepEqual(await target.downloadToBuffer(2 * 1024 ** 3, 512), Buffer.alloc(512, 7));
});

test('a copy from a URL with a false signature is refused', async () => {
  const source = (await container('managed-disks')).getPageBlobClient('disk');
  const expiresOn = new Date(Date.now() + 60_000);
  const sas = new URL(await source.generateSasUrl({ permissions: BlobSASPermissions.parse('r'), expiresOn }));
  sas.searchParams.set('sig', Buffer.alloc(32).toString('base64'));
  const target = (await container('vhds')).getPageBlobClient('stolen.vhd');
  await assert.rejects(() => target.beginCopyFromURL(sas.href), /Could not verify the copy source/);
});

test('blobs and the connection string survive a restart', async () => {
  const before = azurite.connectionString;
  await (await container('kept')).getBlockBlobClient('x').upload('text', 4);
  await azurite.stop();
  azurite = await startAzurite({ location: folder, port: Number(new URL(azurite.blobEndpoint).port) });
  assert.equal(azurite.connectionString, before);
  assert.equal(
    (await (await container('kept')).getBlockBlobClient('x').downloadToBuffer()).toString(),
    'text',
  );
=======
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { BlobServiceClient } from '@azure/storage-blob';
import { startAzurite } from '../../../local/storage/azurite.ts';

test('Azurite keeps blobs and its key over an orderly stop', async () => {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'kiln-azurite-'));
  const first = await startAzurite({ location: dir });
  let second = first;
  try {
    const container = BlobServiceClient.fromConnectionString(first.connectionString).getContainerClient(
      'kept',
    );
    await container.create();
    await container.getBlockBlobClient('b').upload('kept', 4);
    await first.stop();
    await first.stop();
    second = await startAzurite({ location: dir, port: Number(new URL(first.blobEndpoint).port) });
    assert.equal(second.connectionString, first.connectionString);
    const again = BlobServiceClient.fromConnectionString(second.connectionString).getContainerClient('kept');
    assert.equal((await again.getBlobClient('b').downloadToBuffer()).toString(), 'kept');
  } finally {
    await first.stop();
    await second.stop();
    await rm(dir, { recursive: true, force: true });
  }
});

test('Azurite that cannot listen says why', async () => {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'kiln-azurite-'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  try {
    await assert.rejects(startAzurite({ location: dir, port: address.port }), /EADDRINUSE/);
  } finally {
    server.close();
    await rm(dir, { recursive: true, force: true });
  }
>>>>>>> cloud
});
