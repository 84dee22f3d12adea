import type { Connection, Sender } from 'rhea';
import type { Owner } from '../queue/queue.ts';
import { isPlainLogin } from './rhea.convert.ts';

/** What the broker knows about one connection. */
export class Client implements Owner {
  readonly connection: Connection;
  /** Links that answers go out on, by link name and by the address that the client gave them. */
  readonly replies = new Map<string, Sender>();
  readonly #partings = new Set<() => void>();
  readonly #held = new WeakSet<object>();
  #hasToken = false;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Messages that it took by their numbers have no delivery that could be told. */
  onSettled(): void {}

  get isAllowed(): boolean {
    return this.#hasToken || isPlainLogin(this.connection);
  }

  /** Called when a token of the client was accepted; it counts until the connection ends, as no token lives long here. */
  allow(): void {
    this.#hasToken = true;
  }

  /** `part` runs once: when the client goes, or when the result is called. */
  onParting(part: () => void): () => void {
    const once = (): void => {
      if (this.#partings.delete(once)) part();
    };
    this.#partings.add(once);
    return once;
  }

  /** The client took messages of this queue by their numbers: `giveBack` runs once when it goes. */
  holds(queue: object, giveBack: () => void): void {
    if (this.#held.has(queue)) return;
    this.#held.add(queue);
    this.onParting(giveBack);
  }

  /** The connection is over. */
  part(): void {
    for (const parting of this.#partings) parting();
  }
}
