/** The instance view shows the last 4 KiB of each stream. */
const LIMIT = 4096;

/** Keeps the end of a stream. */
export class Tail {
  #bytes: Buffer = Buffer.alloc(0);

  push(chunk: Uint8Array): void {
    const all = Buffer.concat([this.#bytes, chunk]);
    this.#bytes = all.subarray(Math.max(0, all.length - LIMIT));
  }

  toString(): string {
    return this.#bytes.toString('utf8');
  }
}
