/**
 * Instances that have something to do, oldest first: one turn at a time for each, and so many at once. One that is woken
 * while it is at work works once more.
 */
export class TurnQueue {
  readonly #limit: number;
  readonly #work: (id: string) => Promise<void>;
  readonly #taken = new Set<string>();
  readonly #again = new Set<string>();
  readonly #ready: string[] = [];
  #running = 0;

  /** `work` must not reject. */
  constructor(limit: number, work: (id: string) => Promise<void>) {
    this.#limit = limit;
    this.#work = work;
  }

  add(id: string): void {
    if (this.#taken.has(id)) {
      this.#again.add(id);
      return;
    }
    this.#taken.add(id);
    this.#ready.push(id);
    this.#fill();
  }

  #fill(): void {
    while (this.#running < this.#limit) {
      const id = this.#ready.shift();
      if (id === undefined) return;
      this.#running += 1;
      setImmediate(() => void this.#run(id));
    }
  }

  async #run(id: string): Promise<void> {
    do {
      this.#again.delete(id);
      await this.#work(id);
    } while (this.#again.has(id));
    this.#taken.delete(id);
    this.#running -= 1;
    this.#fill();
  }
}
