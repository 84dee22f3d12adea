import type { AppendBlobClient } from '@azure/storage-blob';
import type { Profile } from '../profile/profile.ts';

/** Azure's handler appends every 15 s; locally a second makes a log that one can watch. */
const INTERVAL_MS = 1000;
/** Service limit of one Append Block call of older versions, which the handler uses. */
const MAX_BLOCK = 4 * 1024 * 1024;

type Options = { readonly rate: Profile['outputRate']; readonly log: (line: string) => void };

/**
 * One append blob that a run command writes. The blob is created (emptied) at the start, as the handler of Azure does.
 * Errors after the start are logged and do not stop the script, which is Azure's behaviour too.
 */
export class AppendLog {
  readonly #client: AppendBlobClient;
  readonly #log: (line: string) => void;
  readonly #rate: Profile['outputRate'];
  #window = { since: 0, bytes: 0 };
  #isStuck = false;
  #pending: Uint8Array[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(client: AppendBlobClient, { rate, log }: Options) {
    this.#client = client;
    this.#rate = rate;
    this.#log = log;
  }

  /** Rejects when the URL may not be written: Azure fails the command with exit code -101 before the script. */
  static async open(url: string, options: Options): Promise<AppendLog> {
    const { AnonymousCredential, AppendBlobClient } = await import('@azure/storage-blob');
    const client = new AppendBlobClient(url, new AnonymousCredential(), { retryOptions: { maxTries: 2 } });
    await client.create();
    return new AppendLog(client, options);
  }

  write(chunk: Uint8Array): void {
    if (this.#isStuck || this.#isTooFast(chunk.length)) return;
    this.#pending.push(chunk);
    this.#timer ??= setTimeout(() => this.#flush(), INTERVAL_MS);
  }

  /**
   * Azure's handler sends all that came since its last look in one block. One that is too long is refused, and so is every later one,
   * which has to begin with it: nothing more comes into the log, and the script goes on.
   */
  #isTooFast(bytes: number): boolean {
    const { mebibytes, seconds } = this.#rate;
    if (Date.now() - this.#window.since >= seconds * 1000) this.#window = { since: Date.now(), bytes: 0 };
    this.#window.bytes += bytes;
    this.#isStuck = mebibytes > 0 && this.#window.bytes > mebibytes * 1024 * 1024;
    if (this.#isStuck)
      this.#log(
        `append to ${new URL(this.#client.url).pathname}: more than ${mebibytes} MiB in ${seconds} s`,
      );
    return this.#isStuck;
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
