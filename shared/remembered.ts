type Kept<T> = { readonly value: T; readonly size: number };

/** Remembers values up to a size together, in bytes or a count; what was asked for longest ago goes first. */
export class Remembered<T> {
  readonly #kept = new Map<string, Kept<T>>();
  readonly #most: number;
  #size = 0;

  /** `most`: in the unit in which sizes are given. */
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
  set(name: string, value: T, size: number): void {
    this.delete(name);
    if (size > this.#most) return;
    this.#kept.set(name, { value, size });
    this.#size += size;
    for (const oldest of this.#kept.keys()) {
      if (this.#size <= this.#most) return;
      this.delete(oldest);
    }
  }

  delete(name: string): void {
    this.#size -= this.#kept.get(name)?.size ?? 0;
    this.#kept.delete(name);
  }
}
