import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { BlobServiceClient } from '@azure/storage-blob';
import { invalidParameter } from '../http/errors.ts';
import { DiskBlobs } from './disk-blobs.ts';

const CONTAINER = 'managed-disks';

/**
 * The blobs that Azure's own services read and write: exported disks, run-command output, imported VHDs. The storage
 * SDK is loaded at the first use: it is most of this process's memory.
 */
export class Blobs {
  readonly #connectionString: string;
  readonly #scratch: string;
  #service: BlobServiceClient | undefined;
  /** Azurite copies from nowhere but its own account, so that a disk's SAS has to be one of it. */
  readonly disks: DiskBlobs;

  constructor(connectionString: string, dataDir: string) {
    this.#connectionString = connectionString;
    this.#scratch = path.join(dataDir, 'scratch');
    this.disks = new DiskBlobs(async () => {
      const container = (await this.#client()).getContainerClient(CONTAINER);
      await container.createIfNotExists();
      return container;
    });
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

  /** Downloads a VHD for Import; the caller removes the file. Reads with the account's key unless the URL has a SAS. */
  async fetchVhd(url: string): Promise<string> {
    const { BlobClient } = await import('@azure/storage-blob');
    const service = await this.#client();
    const target = new URL(url);
    // Nothing here reaches another account; looking for it would take half a minute.
    if (target.host !== new URL(service.url).host)
      throw invalidParameter(
        `The source blob ${target.origin}${target.pathname} is not accessible: the storage account does not exist here.`,
        'sourceUri',
      );
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
