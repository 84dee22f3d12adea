import type { Clock } from '../durable/clock.ts';
import type { Entities } from './entities.ts';
import type { Message, NewMessage } from './queue/message.ts';
import { Queue, type Owner, type QueueSettings } from './queue/queue.ts';
import type { MessageStore } from './queue/store.ts';

/** Somebody who takes messages of a queue as they come. */
export interface Consumer extends Owner {
  /** How many messages it takes now. */
  readonly credit: number;
  /** Without a settlement: the message is gone when it is handed over. */
  readonly isDestructive: boolean;
  deliver(message: Message): void;
}

export type NamespaceParts = { readonly clock: Clock; readonly store: MessageStore };

/** All queues of a broker. Every change is one transaction, and is followed by deliveries to whoever waits. */
export class Namespace {
  readonly #parts: NamespaceParts;
  /** By path in lower case. */
  readonly #queues = new Map<string, Queue>();
  readonly #topics = new Map<string, readonly Queue[]>();
  readonly #consumers = new Map<Queue, Consumer[]>();
  #alarm: { readonly at: number; readonly cancel: () => void } | undefined;

  constructor({ queues, topics }: Entities, parts: NamespaceParts) {
    this.#parts = parts;
    for (const [name, settings] of Object.entries(queues)) this.#create(name, settings);
    for (const [name, subscriptions] of Object.entries(topics)) {
      const own = Object.entries(subscriptions);
      this.#topics.set(
        name.toLowerCase(),
        own.map(([each, settings]) => this.#create(`${name}/Subscriptions/${each}`, settings)),
      );
    }
    this.act(() => undefined);
  }

  /** A queue, a subscription or the dead-letter queue of one; undefined when there is none at this address. */
  find(address: string): Queue | undefined {
    return this.#queues.get(pathOf(address));
  }

  /** The queues that get what is sent to this address; undefined when nothing can be sent there. */
  destinations(address: string): readonly Queue[] | undefined {
    const path = pathOf(address);
    if (path.includes('/')) return undefined;
    const queue = this.#queues.get(path);
    return queue ? [queue] : this.#topics.get(path);
  }

  /** Sends all messages or none. Gives the sequence number in the first queue for each, undefined for a duplicate. */
  send(destinations: readonly Queue[], messages: readonly NewMessage[]): (number | undefined)[] {
    return this.act(() => messages.map((message) => destinations.map((queue) => queue.send(message)).at(0)));
  }

  /** The only way to change queues: stored whole when it returns. A store that fails ends the process. */
  act<T>(change: () => T): T {
    const result = this.#stored(change);
    this.#deliver();
    this.#arm();
    return result;
  }

  attach(queue: Queue, consumer: Consumer): void {
    this.#consumers.set(queue, [...(this.#consumers.get(queue) ?? []), consumer]);
  }

  /** The consumer is gone: what it had not settled goes to others. */
  detach(queue: Queue, consumer: Consumer): void {
    const others = (this.#consumers.get(queue) ?? []).filter((each) => each !== consumer);
    if (others.length > 0) this.#consumers.set(queue, others);
    else this.#consumers.delete(queue);
    this.act(() => queue.releaseAllOf(consumer));
  }

  stop(): void {
    this.#alarm?.cancel();
  }

  #create(name: string, settings: QueueSettings): Queue {
    const parts = { store: this.#parts.store, now: () => this.#parts.clock.now() };
    const { lockMs } = settings;
    const graveyard = { lockMs, maxDeliveries: Number.POSITIVE_INFINITY };
    const deadLetters = new Queue(`${name}/$DeadLetterQueue`, graveyard, parts);
    const queue = new Queue(name, settings, { ...parts, deadLetters });
    for (const each of [queue, deadLetters]) this.#queues.set(each.name.toLowerCase(), each);
    return queue;
  }

  /** Memory is ahead of a store that failed. rhea logs what its handlers throw and goes on; this must not go on. */
  #stored<T>(change: () => T): T {
    try {
      return this.#parts.store.transaction(change);
    } catch (error) {
      setImmediate(() => {
        throw error;
      });
      throw error;
    }
  }

  /** Until nothing moves any more: handing out may find messages expired, and their dead letters are wanted elsewhere. */
  #deliver(): void {
    while ([...this.#consumers.keys()].filter((queue) => this.#pump(queue)).length > 0);
  }

  /** Hands out messages in rounds, one to each consumer with credit, so that none starves. False when there was nothing to do. */
  #pump(queue: Queue): boolean {
    for (let isBusy = false; ; isBusy = true) {
      if (!queue.hasReady) return isBusy;
      const willing = (this.#consumers.get(queue) ?? []).filter(({ credit }) => credit > 0);
      if (willing.length === 0) return isBusy;
      const round = this.#stored(() => willing.map((consumer) => hand(queue, consumer)));
      for (const [index, message] of round.entries()) if (message) willing[index]?.deliver(message);
    }
  }

  #arm(): void {
    const at = Math.min(...[...this.#queues.values()].map(({ due }) => due));
    if (at === this.#alarm?.at) return;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    if (!Number.isFinite(at)) return;
    const wake = (): void => {
      this.#alarm = undefined;
      this.act(() => {
        for (const queue of this.#queues.values()) queue.advance();
      });
    };
    this.#alarm = { at, cancel: this.#parts.clock.alarm(at, wake) };
  }
}

function hand(queue: Queue, consumer: Consumer): Message | undefined {
  return consumer.isDestructive ? queue.take() : queue.receive(consumer);
}

/** `sb://host/queue`, `/queue` and `Queue` are the same. */
function pathOf(address: string): string {
  return address.replace(/^(?:(?:amqps?|sb):\/\/[^/]+)?\/?/i, '').toLowerCase();
}
