import assert from 'node:assert/strict';
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
});
