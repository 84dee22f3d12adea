import { expiryOf, type Lock, type Message } from './message.ts';
import type { MessageStore } from './store.ts';

/** What `add` may leave out. */
type Draft = Pick<Message, 'content' | 'messageId' | 'enqueuedAt' | 'state' | 'deliveryCount'> &
  Partial<Message>;

/** The messages of one queue, in memory and in the store at once, with the ways to find one. */
export class Backlog {
  readonly #queue: string;
  readonly #store: MessageStore;
  readonly #messages = new Map<number, Message>();
  /** Sequence numbers of unlocked active messages, ascending. */
  #ready: number[] = [];
  readonly #tokens = new Map<string, number>();
  #next: number;
  #due = Number.POSITIVE_INFINITY;

  constructor(queue: string, store: MessageStore) {
    this.#queue = queue;
    this.#store = store;
    this.#next = store.nextSequence(queue);
    for (const message of store.messages(queue)) this.#index(message);
  }

  /** No message's time comes before this; kept low by each change, made exact by `findDue`. */
  get due(): number {
    return this.#due;
  }

  get firstReady(): Message | undefined {
    const [first] = this.#ready;
    return first === undefined ? undefined : this.#messages.get(first);
  }

  get(sequence: number): Message | undefined {
    return this.#messages.get(sequence);
  }

  lockedBy(token: string): Message | undefined {
    const sequence = this.#tokens.get(token);
    return sequence === undefined ? undefined : this.#messages.get(sequence);
  }

  /** A copy, so that its reader may change the backlog. */
  all(): Message[] {
    return [...this.#messages.values()];
  }

  peek(from: number, most: number): Message[] {
    const later = this.all().filter(({ sequence }) => sequence >= from);
    return later.sort((one, other) => one.sequence - other.sequence).slice(0, most);
  }

  /** At the end, under a new sequence number. */
  add(draft: Draft): Message {
    const sequence = this.#next++;
    this.#store.setNextSequence(this.#queue, this.#next);
    const message: Message = {
      originalSequence: sequence,
      timeToLive: undefined,
      scheduledFor: undefined,
      deadLetter: undefined,
      ...draft,
      sequence,
      lock: undefined,
    };
    return this.#keep(message);
  }

  replace(message: Message, change: Partial<Message>): Message {
    this.#unindex(message.sequence);
    return this.#keep({ ...message, ...change });
  }

  /** Not stored: a lock is worth nothing when the process and with it every link is gone. */
  lock(message: Message, lock: Lock): void {
    this.#unindex(message.sequence);
    this.#index({ ...message, lock });
  }

  remove({ sequence }: Message): void {
    this.#unindex(sequence);
    this.#store.remove(this.#queue, sequence);
  }

  findDue(): void {
    this.#due = Number.POSITIVE_INFINITY;
    for (const message of this.#messages.values()) this.#due = Math.min(this.#due, dueOf(message));
  }

  #keep(message: Message): Message {
    this.#index(message);
    this.#store.put(this.#queue, message);
    return message;
  }

  #index(message: Message): void {
    this.#messages.set(message.sequence, message);
    this.#due = Math.min(this.#due, dueOf(message));
    if (message.lock) this.#tokens.set(message.lock.token, message.sequence);
    else if (message.state === 'active') insert(this.#ready, message.sequence);
  }

  #unindex(sequence: number): void {
    const message = this.#messages.get(sequence);
    if (!message) return;
    this.#messages.delete(sequence);
    if (message.lock) this.#tokens.delete(message.lock.token);
    else if (message.state === 'active') {
      const at = position(this.#ready, sequence);
      if (this.#ready[at] === sequence) this.#ready.splice(at, 1);
    }
  }
}

function dueOf(message: Message): number {
  if (message.lock) return message.lock.until;
  return message.state === 'scheduled' ? (message.scheduledFor ?? 0) : expiryOf(message);
}

/** The place of the first item that is not less, in an ascending list. */
function position(list: readonly number[], item: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? item) < item) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insert(list: number[], item: number): void {
  const last = list.at(-1);
  if (last === undefined || last < item) list.push(item);
  else list.splice(position(list, item), 0, item);
}
