import assert from 'node:assert/strict';
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
