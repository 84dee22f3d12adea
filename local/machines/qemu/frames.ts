/** One message of the relay in the guest. */
export type Frame =
  | { readonly kind: 'stdout' | 'stderr'; readonly data: Uint8Array }
  | { readonly kind: 'exit'; readonly data: Uint8Array };

const KINDS: Readonly<Record<string, Frame['kind']>> = { o: 'stdout', e: 'stderr', x: 'exit' };
const HEADER_BYTES = 5;
/** The relay reads 64 KiB at a time: more means that the stream is not what it should be. */
const LONGEST_FRAME = 1024 * 1024;

/**
 * Reads the relay's stream: `token`, then frames of one letter, a 32-bit length and data. What stands before the
 * token is the rest of an earlier session. Output travels inside frames, so no output can look like an exit.
 * Keeps at most one incomplete frame in memory.
 */
export class FrameReader {
  readonly #token: Buffer;
  readonly #onFrame: (frame: Frame) => void;
  readonly #onToken: () => void;
  #rest: Buffer = Buffer.alloc(0);
  #synchronized = false;

  /** `onToken` is called once, before the first frame: the relay runs. */
  constructor(token: Uint8Array, onFrame: (frame: Frame) => void, onToken: () => void = () => {}) {
    this.#token = Buffer.from(token);
    this.#onFrame = onFrame;
    this.#onToken = onToken;
  }

  /** True when the token was seen: the relay runs. */
  get synchronized(): boolean {
    return this.#synchronized;
  }

  push(chunk: Uint8Array): void {
    this.#rest = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    if (!this.#synchronized) this.#findToken();
    if (this.#synchronized) this.#readFrames();
  }

  #findToken(): void {
    const at = this.#rest.indexOf(this.#token);
    this.#synchronized = at >= 0;
    // The token may begin in the last bytes of this chunk and end in the next one.
    const keepFrom = at >= 0 ? at + this.#token.length : this.#rest.length - this.#token.length + 1;
    this.#rest = this.#rest.subarray(Math.max(0, keepFrom));
    if (this.#synchronized) this.#onToken();
  }

  #readFrames(): void {
    while (this.#rest.length >= HEADER_BYTES) {
      const kind = KINDS[String.fromCharCode(this.#rest[0] ?? 0)];
      const length = this.#rest.readUInt32BE(1);
      if (kind === undefined || length > LONGEST_FRAME)
        throw new Error('the channel from the guest carries something that is no frame');
      if (this.#rest.length < HEADER_BYTES + length) return;
      const data = this.#rest.subarray(HEADER_BYTES, HEADER_BYTES + length);
      this.#rest = this.#rest.subarray(HEADER_BYTES + length);
      this.#onFrame({ kind, data });
    }
  }
}

/** Values for a program in the guest, each behind its 32-bit length; Perl's `unpack '(N/a*)*'`. */
export function packItems(items: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    items.flatMap((item) => {
      const bytes = Buffer.from(item);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}
