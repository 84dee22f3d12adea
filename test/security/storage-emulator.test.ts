// M2, the third listener of local mode: Azurite itself looks at neither Host nor Origin.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { BlobServiceClient } from '@azure/storage-blob';
import { startAzurite } from '../../local/storage/azurite.ts';

const FOREIGN: readonly Record<string, string>[] = [
  { host: 'rebind.evil.example' },
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { 'sec-fetch-site': 'cross-site' },
];

function statusOf(url: string, method: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    request.once('error', reject).end();
  });
}

test('the storage emulator answers nobody but this machine, not even for a public container', async () => {
  const location = await mkdtemp(path.join(os.tmpdir(), 'kiln-azurite-'));
  const azurite = await startAzurite({ location });
  try {
    const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
    const container = service.getContainerClient('open');
    await container.create({ access: 'container' });
    await container.getBlockBlobClient('b').upload('hello', 5);
    const url = `${azurite.blobEndpoint}/open/b`;
    assert.equal(await statusOf(url, 'GET', {}), 200);
    assert.equal(await statusOf(url.replace('127.0.0.1', 'localhost'), 'GET', {}), 200);
    for (const headers of FOREIGN)
      for (const method of ['GET', 'PUT', 'OPTIONS'])
        assert.equal(await statusOf(url, method, headers), 403, JSON.stringify({ method, ...headers }));
  } finally {
    await azurite.stop();
    await rm(location, { recursive: true, force: true });
  }
});
