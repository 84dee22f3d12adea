import type { AppendBlobClient } from '@azure/storage-blob';

/** Azure's handler appends every 15 s; locally a second makes a log that one can watch. */
const INTERVAL_MS = 1000;
/** Service limit of one Append Block call of older versions, which the handler uses. */
const MAX_BLOCK = 4 * 1024 * 1024;

/**
 * One append blob that a run command writes. The blob is created (emptied) at the start, as the handler of Azure does.
 * Errors after the start are logged and do not stop the script, which is Azure's behaviour too.
 */
export class AppendLog {
  readonly #client: AppendBlobClient;
  readonly #log: (line: string) => void;
  #pending: Uint8Array[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(client: AppendBlobClient, log: (line: string) => void) {
    this.#client = client;
    this.#log = log;
  }

  /** Rejects when the URL may not be written: Azure fails the command with exit code -101 before the script. */
  static async open(url: string, log: (line: string) => void): Promise<AppendLog> {
    const { AnonymousCredential, AppendBlobClient } = await import('@azure/storage-blob');
    const client = new AppendBlobClient(url, new AnonymousCredential(), { retryOptions: { maxTries: 2 } });
    await client.create();
    return new AppendLog(client, log);
  }

  write(chunk: Uint8Array): void {
    this.#pending.push(chunk);
    this.#timer ??= setTimeout(() => this.#flush(), INTERVAL_MS);
  }

  /** Writes what is left; afterwards the blob is complete. */
  async close(): Promise<void> {
    this.#flush();
    await this.#writing;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const data = Buffer.concat(this.#pending);
    this.#pending = [];
    if (data.length > 0) this.#writing = this.#writing.then(() => this.#append(data));
  }

  async #append(data: Buffer): Promise<void> {
    try {
      for (let offset = 0; offset < data.length; offset += MAX_BLOCK) {
        const block = data.subarray(offset, offset + MAX_BLOCK);
        await this.#client.appendBlock(block, block.length);
      }
    } catch (error) {
      this.#log(`append to ${new URL(this.#client.url).pathname}: ${String(error)}`);
    }
  }
}
