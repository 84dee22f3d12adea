import type { Connection } from 'rhea';
import type { Owner } from '../queue/queue.ts';
import type { ReplyLink } from './reply-link.ts';
import { isPlainLogin } from './rhea.convert.ts';

/** How the link of a node is known, apart from links that have names. */
export function nodeName(node: string): string {
  return `\0${node}`;
}

/** What the broker knows about one connection. */
export class Client implements Owner {
  readonly connection: Connection;
  readonly #replies = new Map<string, ReplyLink>();
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

  /** Requests name the link that their answer goes out on, by its name or by the address that the client gave it. */
  answersOn(link: ReplyLink, names: readonly string[]): void {
    for (const name of names) this.#replies.set(name, link);
    link.onClose(() => {
      for (const name of names) if (this.#replies.get(name) === link) this.#replies.delete(name);
    });
  }

  /** Python's client (uamqp) names none: its answer goes out on the link that it opened to the same node. */
  replyLink(name: string, node: string): ReplyLink | undefined {
    return this.#replies.get(name === '' ? nodeName(node) : name);
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
