import { createHash, randomUUID } from 'node:crypto';
import type { ContainerClient, PageBlobClient } from '@azure/storage-blob';
import { type DiskContent, spansOf, type Stretch } from '../../machines/disk-content.ts';
import { FOOTER_BYTES, writeFooter } from '../../machines/vhd-footer.ts';

/** Storage takes at most 4 MiB of pages in a request: https://learn.microsoft.com/rest/api/storageservices/put-page */
const LIMITS = { gap: 256 * 1024, longest: 4 * 1024 * 1024 };
/** At once: reading, sending and Azurite's writing overlap. */
const UPLOADS = 4;
const MINUTE = 60_000;

/**
 * Disks as fixed VHDs in page blobs. A blob of the image that a disk was made from is kept and copied, which costs
 * Azurite nothing, so that only what a build has changed is sent.
 */
export class DiskBlobs {
  readonly #container: () => Promise<ContainerClient>;
  /** Bases that are being sent or are there, by name of their blob. */
  readonly #bases = new Map<string, Promise<PageBlobClient>>();

  constructor(container: () => Promise<ContainerClient>) {
    this.#container = container;
  }

  /** Sends a disk. Returns the name of its blob and a read SAS. */
  async publish(content: DiskContent, seconds: number): Promise<{ blob: string; sas: string }> {
    const container = await this.#container();
    const blob = `md-${randomUUID()}/abcd`;
    const page = container.getPageBlobClient(blob);
    const base = content.base === undefined ? undefined : await this.#base(content.base);
    if (base === undefined) await page.create(content.size + FOOTER_BYTES);
    else await copy(base, page, content.size + FOOTER_BYTES);
    await send(content, page, base !== undefined);
    const footer = writeFooter({ size: content.size, uniqueId: randomUUID(), createdAt: Date.now() });
    await page.uploadPages(footer, content.size, FOOTER_BYTES);
    return { blob, sas: await readSas(page, seconds) };
  }

  /** Sends an image that disks are going to be made from, unless it is there. */
  async keep(open: () => Promise<DiskContent>): Promise<void> {
    const content = await open();
    await content.close();
    if (content.key !== undefined) await this.#base({ key: content.key, open });
  }

  async withdraw(blob: string): Promise<void> {
    await (await this.#container()).getBlobClient(blob).deleteIfExists();
  }

  #base(base: NonNullable<DiskContent['base']>): Promise<PageBlobClient> {
    const name = `base-${createHash('sha256').update(base.key).digest('hex').slice(0, 32)}`;
    const known = this.#bases.get(name);
    if (known !== undefined) return known;
    const sent = this.#sendBase(name, base.open);
    this.#bases.set(name, sent);
    // A failure is told to those who wait now; the next one tries again.
    sent.catch(() => this.#bases.delete(name));
    return sent;
  }

  async #sendBase(name: string, open: () => Promise<DiskContent>): Promise<PageBlobClient> {
    const page = (await this.#container()).getPageBlobClient(name);
    const there = await page.getProperties().catch(() => undefined);
    if (there?.metadata?.['complete'] === 'yes') return page;
    const content = await open();
    try {
      await page.create(content.size + FOOTER_BYTES);
      await send(content, page, false);
      await page.setMetadata({ complete: 'yes' });
      return page;
    } finally {
      await content.close();
    }
  }
}

/** Copies within the account; the size of a grown disk follows. */
async function copy(from: PageBlobClient, to: PageBlobClient, size: number): Promise<void> {
  const poller = await to.beginCopyFromURL(await readSas(from, 3600), { intervalInMs: 50, metadata: {} });
  const { copyStatus } = await poller.pollUntilDone();
  if (copyStatus !== 'success') throw new Error(`storage could not copy ${from.name}: ${copyStatus}`);
  if ((await to.getProperties()).contentLength !== size) await to.resize(size);
}

async function send(content: DiskContent, page: PageBlobClient, isCopy: boolean): Promise<void> {
  const spans = spansOf(content.changes, LIMITS).values();
  const work = async (): Promise<void> => {
    for (const span of spans) await sendSpan(content, page, span, isCopy);
  };
  await Promise.all(Array.from({ length: UPLOADS }, work));
}

/** Pages that nobody has written read as zeros; in a copy they have to be cleared. */
async function sendSpan(
  content: DiskContent,
  page: PageBlobClient,
  { offset, length, zero }: Stretch,
  isCopy: boolean,
): Promise<void> {
  const bytes = zero ? undefined : await content.read(offset, length);
  if (bytes !== undefined && !isZero(bytes)) await page.uploadPages(bytes, offset, length);
  else if (isCopy) await page.clearPages(offset, length);
}

function isZero(data: Buffer): boolean {
  // Comparing with itself shifted by one byte runs in native code: all bytes equal, and the first one is zero.
  return data[0] === 0 && data.subarray(1).equals(data.subarray(0, -1));
}

async function readSas(blob: PageBlobClient, seconds: number): Promise<string> {
  const { BlobSASPermissions } = await import('@azure/storage-blob');
  const now = Date.now();
  return blob.generateSasUrl({
    permissions: BlobSASPermissions.parse('r'),
    startsOn: new Date(now - MINUTE),
    expiresOn: new Date(now + seconds * 1000),
  });
}
