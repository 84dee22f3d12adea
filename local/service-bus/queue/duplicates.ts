import type { MessageStore } from './store.ts';

/**
 * Duplicate detection by message id within a time window. Ids outlive their messages, as in Azure.
 * https://learn.microsoft.com/azure/service-bus-messaging/duplicate-detection
 */
export class Duplicates {
  readonly #queue: string;
  readonly #window: number;
  readonly #store: MessageStore;
  /** In the order of their times: the oldest come first. */
  readonly #sent: Map<string, number>;

  constructor(queue: string, window: number, store: MessageStore) {
    this.#queue = queue;
    this.#window = window;
    this.#store = store;
    this.#sent = new Map(store.sentIds(queue));
  }

  /** Whether this id was sent within the window before `now`; remembers it otherwise. */
  isRepeated(id: string, now: number): boolean {
    this.#forget(now - this.#window);
    if (this.#sent.has(id)) return true;
    this.#sent.set(id, now);
    this.#store.addSentId(this.#queue, id, now);
    return false;
  }

  #forget(before: number): void {
    let isOlder = false;
    for (const [id, at] of this.#sent) {
      if (at > before) break;
      this.#sent.delete(id);
      isOlder = true;
    }
    if (isOlder) this.#store.forgetSentIds(this.#queue, before);
  }
}
