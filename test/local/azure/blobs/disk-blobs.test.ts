import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BlobClient, type ContainerClient } from '@azure/storage-blob';
import { DiskBlobs } from '../../../../local/azure/blobs/disk-blobs.ts';
import type { DiskContent, Stretch } from '../../../../local/machines/disk-content.ts';
import { FOOTER_BYTES, readFooter } from '../../../../local/machines/vhd-footer.ts';
import { type Azurite, startAzurite } from '../../../support/azurite.ts';

const MIB = 1024 * 1024;
const KIB64 = 64 * 1024;

/** A disk in memory that counts how many bytes are asked of it. */
class Memory {
  readonly bytes: Buffer;
  readonly #options: Partial<Pick<DiskContent, 'key' | 'base' | 'changes'>>;
  read = 0;
  opened = 0;

  constructor(bytes: Buffer, options: Partial<Pick<DiskContent, 'key' | 'base' | 'changes'>> = {}) {
    this.bytes = bytes;
    this.#options = options;
  }

  open = (): Promise<DiskContent> => {
    this.opened += 1;
    const all: Stretch = { offset: 0, length: this.bytes.length, zero: false };
    const { key, base, changes = [all] } = this.#options;
    return Promise.resolve({
      size: this.bytes.length,
      key,
      base,
      changes,
      read: (offset, length) => {
        this.read += length;
        return Promise.resolve(this.bytes.subarray(offset, offset + length));
      },
      close: () => Promise.resolve(),
    });
  };
}

const image = () => new Memory(Buffer.alloc(10 * MIB, 'image'), { key: 'image 1' });

/** The image with 64 KiB written at 1 MiB, 64 KiB given back at 2 MiB, and a MiB more at its end. */
function disk(base: Memory): Memory {
  const bytes = Buffer.concat([base.bytes, Buffer.alloc(MIB)]);
  bytes.fill('new', MIB, MIB + KIB64).fill(0, 2 * MIB, 2 * MIB + KIB64);
  const changes = [
    { offset: MIB, length: KIB64, zero: false },
    { offset: 2 * MIB, length: KIB64, zero: true },
  ];
  return new Memory(bytes, { base: { key: 'image 1', open: base.open }, changes });
}

describe('a disk in storage', () => {
  let azurite: Azurite;
  let container: ContainerClient;
  before(async () => {
    azurite = await startAzurite();
    container = await azurite.container();
  });
  after(() => azurite.stop());

  const publish = async (blobs: DiskBlobs, memory: Memory) => {
    const { sas } = await blobs.publish(await memory.open(), 600);
    return new BlobClient(sas).downloadToBuffer();
  };

  test('is a fixed VHD with every byte of the disk', async () => {
    const stored = await publish(new DiskBlobs(() => Promise.resolve(container)), image());
    assert.ok(stored.subarray(0, -FOOTER_BYTES).equals(image().bytes));
    assert.equal(readFooter(stored.subarray(-FOOTER_BYTES))?.size, 10 * MIB);
  });

  test('has what its image has and what was changed, and only the changes are read', async () => {
    const blobs = new DiskBlobs(() => Promise.resolve(container));
    const base = image();
    await blobs.keep(base.open);
    assert.equal(base.read, 10 * MIB);
    const changed = disk(base);
    const stored = await publish(blobs, changed);
    assert.ok(stored.subarray(0, -FOOTER_BYTES).equals(changed.bytes));
    assert.equal(readFooter(stored.subarray(-FOOTER_BYTES))?.size, 11 * MIB);
    assert.equal(changed.read, KIB64);
    assert.equal(base.read, 10 * MIB, 'the image is sent once');
  });

  test('finds the image that an earlier process sent', async () => {
    const base = image();
    await publish(new DiskBlobs(() => Promise.resolve(container)), disk(base));
    assert.equal(base.opened, 0);
  });

  test('sends an image again that an earlier process had not sent to its end', async () => {
    const other = await azurite.container();
    const first = new DiskBlobs(() => Promise.resolve(other));
    const broken = image();
    const open = async (): Promise<DiskContent> => ({
      ...(await broken.open()),
      read: () => Promise.reject(new Error('the disk is full')),
    });
    await assert.rejects(first.keep(open), /the disk is full/);
    const changed = disk(image());
    const stored = await publish(new DiskBlobs(() => Promise.resolve(other)), changed);
    assert.ok(stored.subarray(0, -FOOTER_BYTES).equals(changed.bytes));
  });

  test('has no pages where the disk has only zeros', async () => {
    const bytes = Buffer.alloc(64 * MIB);
    bytes.fill('x', 8 * MIB, 9 * MIB);
    const { blob } = await new DiskBlobs(() => Promise.resolve(container)).publish(
      await new Memory(bytes).open(),
      600,
    );
    const { pageRange = [] } = await container.getPageBlobClient(blob).getPageRanges(0, 64 * MIB);
    const stored = pageRange.reduce((sum, { count = 0 }) => sum + count, 0);
    assert.ok(stored <= 4 * MIB, `${stored} bytes`);
  });
});
