import { open, type FileHandle } from 'node:fs/promises';

/** A file system block: a run of zeros shorter than this is not worth a hole. */
const BLOCK = 64 * 1024;
const ZEROS = Buffer.alloc(BLOCK);

/**
 * Writes a stream of bytes to a file and leaves whole blocks of zeros out, so that a 30 GiB image takes the space of
 * its data. Where the file system has no holes the result is the same, only larger on disk.
 */
export class SparseWriter {
  readonly #file: FileHandle;
  readonly #block = Buffer.alloc(BLOCK);
  #filled = 0;
  #position = 0;
  #written = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string): Promise<SparseWriter> {
    return new SparseWriter(await open(path, 'w'));
  }

  /** Bytes taken so far, holes included. */
  get length(): number {
    return this.#position + this.#filled;
  }

  /** Bytes really written. */
  get dataLength(): number {
    return this.#written;
  }

  async write(chunk: Uint8Array): Promise<void> {
    let rest = chunk;
    while (rest.length > 0) {
      const part = rest.subarray(0, BLOCK - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      rest = rest.subarray(part.length);
      if (this.#filled === BLOCK) await this.#flush();
    }
  }

  /** Writes what is left, sets the length (a hole at the end is not written) and closes. */
  async close(): Promise<void> {
    await this.#flush();
    await this.#file.truncate(this.#position);
    await this.#file.close();
  }

  /** Closes without caring what the file holds. */
  async abandon(): Promise<void> {
    await this.#file.close();
  }

  async #flush(): Promise<void> {
    const block = this.#block.subarray(0, this.#filled);
    if (!block.equals(ZEROS.subarray(0, block.length))) {
      await this.#file.write(block, 0, block.length, this.#position);
      this.#written += block.length;
    }
    this.#position += block.length;
    this.#filled = 0;
  }
}
