// A disk on its way from QEMU through the local cloud's export and the product's copy: byte for byte, holes and all.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { BlobServiceClient, type PageBlobClient } from '@azure/storage-blob';
import { Blobs } from '../../../local/azure/blobs/blobs.ts';
import { readFooter } from '../../../local/machines/vhd-footer.ts';
import { DiskStore } from '../../../local/machines/qemu/disk-store.ts';
import { startAzurite, type Azurite } from '../../../local/storage/azurite.ts';
import { createVhdBlobs } from '../../../shared/store/blob-vhds.ts';

const hasQemu = spawnSync('qemu-img', ['--version']).status === 0;
const skip = hasQemu ? false : 'qemu-img is not installed';
const MIB = 1024 ** 2;
const SIZE = 96 * MIB;

let dir: string;
let azurite: Azurite;
before(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'kiln-vhd-'));
  azurite = await startAzurite({ location: path.join(dir, 'azurite') });
});
after(async () => {
  await azurite.stop();
  await rm(dir, { recursive: true, force: true });
});

/** A raw disk of 96 MiB with a boot sector, something in its middle and something at its end. */
async function makeDisk(file: string): Promise<void> {
  const handle = await open(file, 'w');
  await handle.truncate(SIZE);
  const noise = (size: number, seed: string) =>
    Buffer.concat(
      Array.from({ length: size / 32 }, (_, index) =>
        createHash('sha256').update(`${seed}${index}`).digest(),
      ),
    );
  await handle.write(noise(512, 'boot'), 0, 512, 0);
  await handle.write(noise(3 * MIB, 'middle'), 0, 3 * MIB, 41 * MIB + 4096);
  await handle.write(noise(4096, 'end'), 0, 4096, SIZE - 4096);
  await handle.close();
}

async function hashOf(stream: AsyncIterable<unknown>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function bytesWritten(blob: PageBlobClient): Promise<number> {
  const { pageRange = [] } = await blob.getPageRanges();
  return pageRange.reduce((sum, { count = 0 }) => sum + count, 0);
}

test(
  'a disk of QEMU lands in the account of the template byte for byte, and its holes are not uploaded',
  { skip },
  async (t) => {
    const raw = path.join(dir, 'disk.raw');
    await makeDisk(raw);
    const expected = await hashOf(createReadStream(raw));
    const disks = await DiskStore.open(dir);
    // As a build has it: a layer over an image, frozen at the capture.
    const captured = await disks.snapshot(await disks.overlay(await disks.adopt(raw, 'raw')));
    const blobs = new Blobs(azurite.connectionString, dir);
    const { blob, sas } = await blobs.disks.publish(await disks.content(captured), 3600);
    const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
    const exported = service.getContainerClient('managed-disks').getPageBlobClient(blob);
    const uploaded = await bytesWritten(exported);
    t.diagnostic(`${uploaded} of ${SIZE} bytes are pages`);
    assert.ok(uploaded < 8 * MIB, `${uploaded} bytes of pages for a disk that holds 3 MiB`);

    await service.getContainerClient('golden').createIfNotExists();
    const vhds = createVhdBlobs(service.getContainerClient('kiln'));
    const target = `${azurite.blobEndpoint}/golden/web.vhd`;
    await vhds.startCopy(target, sas, 'run-1');
    assert.equal((await vhds.look(target)).state, 'success');
    const copy = service.getContainerClient('golden').getPageBlobClient('web.vhd');
    assert.equal((await copy.getProperties()).contentLength, SIZE + 512);
    const content = await copy.download(0, SIZE);
    assert.equal(await hashOf(content.readableStreamBody as AsyncIterable<unknown>), expected);
    const footer = readFooter(await copy.downloadToBuffer(SIZE, 512));
    assert.equal(footer?.size, SIZE);
    disks.close();
  },
);
