type Kept<T> = { readonly value: T; readonly bytes: number };

/** Remembers values up to so many bytes together; what was asked for longest ago goes first. */
export class Remembered<T> {
  readonly #kept = new Map<string, Kept<T>>();
  readonly #most: number;
  #bytes = 0;

  /** `most`: in bytes, as the values' own are given. */
  constructor(most: number) {
    this.#most = most;
  }

  get(name: string): T | undefined {
    const found = this.#kept.get(name);
    if (found === undefined) return undefined;
    this.#kept.delete(name);
    this.#kept.set(name, found);
    return found.value;
  }

  /** A value that alone is too much is not kept, and what was there before it is forgotten. */
  set(name: string, value: T, bytes: number): void {
    this.delete(name);
    if (bytes > this.#most) return;
    this.#kept.set(name, { value, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#most) return;
      this.delete(oldest);
    }
  }

  delete(name: string): void {
    this.#bytes -= this.#kept.get(name)?.bytes ?? 0;
    this.#kept.delete(name);
  }
}
