import { randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import type { BlobServiceClient } from '@azure/storage-blob';
import { invalidParameter } from '../http/errors.ts';

const CHUNK = 4 * 1024 * 1024;
/** At once: reading, sending and Azurite's writing overlap. */
const UPLOADS = 4;
const CONTAINER = 'managed-disks';

/**
 * The blobs that Azure's own services read and write: exported disks, run-command output, imported VHDs. The storage
 * SDK is loaded at the first use: it is most of this process's memory.
 */
export class Blobs {
  readonly #connectionString: string;
  readonly #scratch: string;
  #service: BlobServiceClient | undefined;

  constructor(connectionString: string, dataDir: string) {
    this.#connectionString = connectionString;
    this.#scratch = path.join(dataDir, 'scratch');
  }

  /**
   * Uploads a fixed VHD as a page blob and returns its name and a read SAS. It is a blob of the same account, because
   * Azurite copies from nowhere else.
   */
  async publishDisk(file: string, seconds: number): Promise<{ blob: string; sas: string }> {
    const { BlobSASPermissions } = await import('@azure/storage-blob');
    const container = (await this.#client()).getContainerClient(CONTAINER);
    await container.createIfNotExists();
    const blob = `md-${randomUUID()}/abcd`;
    const page = container.getPageBlobClient(blob);
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      await page.create(size);
      let next = 0;
      const upload = async (): Promise<void> => {
        const buffer = Buffer.alloc(CHUNK);
        for (let offset = next; offset < size; offset = next) {
          next += CHUNK;
          const { bytesRead } = await handle.read(buffer, 0, CHUNK, offset);
          const data = buffer.subarray(0, bytesRead);
          // A disk is mostly holes; unwritten pages read as zeros.
          if (!isZero(data)) await page.uploadPages(data, offset, bytesRead);
        }
      };
      await Promise.all(Array.from({ length: UPLOADS }, upload));
    } finally {
      await handle.close();
    }
    const sas = await page.generateSasUrl({
      permissions: BlobSASPermissions.parse('r'),
      startsOn: new Date(Date.now() - 60_000),
      expiresOn: new Date(Date.now() + seconds * 1000),
    });
    return { blob, sas };
  }

  /** A text as a block blob; returns a read SAS. */
  async publishText(text: string, seconds: number): Promise<string> {
    const { BlobSASPermissions } = await import('@azure/storage-blob');
    const container = (await this.#client()).getContainerClient('boot-diagnostics');
    await container.createIfNotExists();
    const blob = container.getBlockBlobClient(`${randomUUID()}.serialconsole.log`);
    await blob.upload(text, Buffer.byteLength(text));
    const expiresOn = new Date(Date.now() + seconds * 1000);
    return blob.generateSasUrl({ permissions: BlobSASPermissions.parse('r'), expiresOn });
  }

  async withdrawDisk(blob: string): Promise<void> {
    const container = (await this.#client()).getContainerClient(CONTAINER);
    await container.getBlobClient(blob).deleteIfExists();
  }

  /** Downloads a VHD for Import; the caller removes the file. Reads with the account's key unless the URL has a SAS. */
  async fetchVhd(url: string): Promise<string> {
    const { BlobClient } = await import('@azure/storage-blob');
    const service = await this.#client();
    const target = new URL(url);
    const client = target.search.includes('sig=')
      ? new BlobClient(url)
      : new BlobClient(url, service.credential);
    const file = await this.scratchFile('vhd');
    try {
      await client.downloadToFile(file);
      return file;
    } catch (error) {
      await rm(file, { force: true });
      const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
      throw invalidParameter(
        `The source blob ${target.origin}${target.pathname} is not accessible: ${reason}`,
        'sourceUri',
      );
    }
  }

  /** A file name of its own below the data directory. */
  async scratchFile(extension: string): Promise<string> {
    await mkdir(this.#scratch, { recursive: true });
    return path.join(this.#scratch, `${randomUUID()}.${extension}`);
  }

  async #client(): Promise<BlobServiceClient> {
    const { BlobServiceClient } = await import('@azure/storage-blob');
    this.#service ??= BlobServiceClient.fromConnectionString(this.#connectionString);
    return this.#service;
  }
}

function isZero(data: Buffer): boolean {
  // Comparing with itself shifted by one byte runs in native code: all bytes equal, and the first one is zero.
  return data[0] === 0 && data.subarray(1).equals(data.subarray(0, -1));
}
