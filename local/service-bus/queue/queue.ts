import { randomUUID } from 'node:crypto';
import { Backlog } from './backlog.ts';
import { Duplicates } from './duplicates.ts';
import { expiryOf, type DeadLetter, type Message, type NewMessage } from './message.ts';
import type { MessageStore } from './store.ts';

export type QueueSettings = {
  readonly lockMs: number;
  /** The delivery after which a message that was not settled is dead-lettered. */
  readonly maxDeliveries: number;
  /** Messages with an id sent before within this time are dropped. */
  readonly duplicateWindowMs?: number;
  /** Upper limit for the time to live of messages. */
  readonly timeToLiveMs?: number;
  /** Expired messages are dropped otherwise. */
  readonly deadLetterExpired?: boolean;
};

export type QueueParts = {
  readonly now: () => number;
  readonly store: MessageStore;
  /** Absent for a dead-letter queue itself. */
  readonly deadLetters?: Queue;
};

/** Who holds locks, for release when it goes. Compared by identity. */
export interface Owner {
  /** A message that it holds was settled by somebody else who knows the token. */
  onSettled?(token: string): void;
}

/** A change of the content when a message is put back, for example of its properties. */
export type Revise = (content: Uint8Array) => Uint8Array;
const UNCHANGED: Revise = (content) => content;

/** A message together with the token that settles it. */
export type Locked = Message & { readonly lock: NonNullable<Message['lock']> };

/**
 * The semantics of one Service Bus queue, subscription or dead-letter queue: synchronous, without timers or a wire. Time is
 * what `now` says; each call first does what has become due by then.
 * https://learn.microsoft.com/azure/service-bus-messaging/message-transfers-locks-settlement
 */
export class Queue {
  readonly name: string;
  readonly #settings: QueueSettings;
  readonly #parts: QueueParts;
  readonly #backlog: Backlog;
  readonly #duplicates: Duplicates | undefined;
  readonly #owners = new Map<number, Owner>();

  constructor(name: string, settings: QueueSettings, parts: QueueParts) {
    this.name = name;
    this.#settings = settings;
    this.#parts = parts;
    this.#backlog = new Backlog(name.toLowerCase(), parts.store);
    const window = settings.duplicateWindowMs;
    if (window !== undefined) this.#duplicates = new Duplicates(name.toLowerCase(), window, parts.store);
  }

  /** A time before which nothing falls due by itself; infinite when nothing can. */
  get due(): number {
    return this.#backlog.due;
  }

  get hasReady(): boolean {
    return this.#backlog.firstReady !== undefined;
  }

  /** Gives the sequence number, or undefined for a duplicate, which is accepted and dropped as in Azure. */
  send(given: NewMessage): number | undefined {
    this.advance();
    const now = this.#parts.now();
    if (this.#duplicates?.isRepeated(given.messageId, now) === true) return undefined;
    const isLater = given.scheduledFor !== undefined && given.scheduledFor > now;
    return this.#add({
      ...given,
      timeToLive: least(given.timeToLive, this.#settings.timeToLiveMs),
      scheduledFor: isLater ? given.scheduledFor : undefined,
      state: isLater ? 'scheduled' : 'active',
      deliveryCount: 0,
    });
  }

  /** Locks the first message for `owner`. */
  receive(owner: Owner): Locked | undefined {
    this.advance();
    const message = this.#backlog.firstReady;
    return message && this.#lock(message, owner);
  }

  /** The first message, for good. */
  take(): Message | undefined {
    this.advance();
    const message = this.#backlog.firstReady;
    if (message) this.#backlog.remove(message);
    return message;
  }

  /** False when the lock is lost; so for the other settlements. */
  complete(token: string): boolean {
    return this.#settle(token, (message) => this.#backlog.remove(message));
  }

  /** Back into the queue, as a delivery that counts. */
  abandon(token: string, revise = UNCHANGED): boolean {
    return this.#settle(token, (message) => this.#putBack(message, { isCounted: true, revise }));
  }

  /** Back into the queue, as if it had not been delivered. */
  release(token: string): boolean {
    return this.#settle(token, (message) => this.#putBack(message, { isCounted: false, revise: UNCHANGED }));
  }

  /** Set aside until it is asked for by its sequence number. */
  defer(token: string, revise = UNCHANGED): boolean {
    return this.#settle(token, (message) =>
      this.#backlog.replace(message, {
        state: 'deferred',
        lock: undefined,
        content: revise(message.content),
      }),
    );
  }

  deadLetter(token: string, why: Omit<DeadLetter, 'source'>, revise = UNCHANGED): boolean {
    return this.#settle(token, (message) =>
      this.#bury({ ...message, content: revise(message.content) }, why),
    );
  }

  /** Gives the new end of the lock; undefined when it is lost. */
  renew(token: string): number | undefined {
    this.advance();
    const message = this.#backlog.lockedBy(token);
    if (!message) return undefined;
    const until = this.#parts.now() + this.#settings.lockMs;
    this.#backlog.lock(message, { token, until });
    return until;
  }

  /** Deferred messages, all or none of them. They stay deferred until they are settled. */
  receiveDeferred(sequences: readonly number[], owner: Owner, isDeleted: boolean): Message[] | undefined {
    this.advance();
    const messages = sequences.map((sequence) => this.#backlog.get(sequence));
    const found = messages.filter((message) => message?.state === 'deferred' && !message.lock);
    const deferred = found.filter((message) => message !== undefined);
    if (deferred.length < sequences.length) return undefined;
    if (isDeleted) for (const message of deferred) this.#backlog.remove(message);
    return isDeleted ? deferred : deferred.map((message) => this.#lock(message, owner));
  }

  /** Messages in any state from this sequence number on, without touching them. */
  peek(from: number, most: number): Message[] {
    this.advance();
    return this.#backlog.peek(from, most);
  }

  /** False when there is no such scheduled message. */
  cancelScheduled(sequence: number): boolean {
    this.advance();
    const message = this.#backlog.get(sequence);
    if (message?.state !== 'scheduled') return false;
    this.#backlog.remove(message);
    return true;
  }

  /**
   * The link of `owner` is gone: its messages go to others at once, where Azure lets their locks run out. It counts as a
   * delivery, or a message that kills its reader would come back for ever.
   */
  releaseAllOf(owner: Owner): void {
    this.advance();
    for (const message of this.#backlog.all())
      if (message.lock && this.#owners.get(message.sequence) === owner)
        this.#putBack(message, { isCounted: true, revise: UNCHANGED });
  }

  /** Ends locks, enqueues scheduled messages and drops expired ones, as far as their time has come. */
  advance(): void {
    const now = this.#parts.now();
    if (now < this.#backlog.due) return;
    for (const message of this.#backlog.all()) {
      if (message.lock && message.lock.until <= now)
        this.#putBack(message, { isCounted: true, revise: UNCHANGED });
      else if (message.state === 'scheduled' && (message.scheduledFor ?? 0) <= now) this.#enqueue(message);
    }
    for (const message of this.#backlog.all())
      if (!message.lock && message.state !== 'scheduled' && expiryOf(message) <= now) this.#expire(message);
    this.#backlog.findDue();
  }

  #settle(token: string, settlement: (message: Message) => void): boolean {
    this.advance();
    const message = this.#backlog.lockedBy(token);
    if (!message) return false;
    const owner = this.#owners.get(message.sequence);
    this.#owners.delete(message.sequence);
    settlement(message);
    owner?.onSettled?.(token);
    return true;
  }

  #lock(message: Message, owner: Owner): Locked {
    const lock = { token: randomUUID(), until: this.#parts.now() + this.#settings.lockMs };
    this.#owners.set(message.sequence, owner);
    this.#backlog.lock(message, lock);
    return { ...message, lock };
  }

  #putBack(message: Message, { isCounted, revise }: { isCounted: boolean; revise: Revise }): void {
    this.#owners.delete(message.sequence);
    const deliveryCount = message.deliveryCount + (isCounted ? 1 : 0);
    const content = revise(message.content);
    if (isCounted && deliveryCount >= this.#settings.maxDeliveries && this.#parts.deadLetters)
      this.#bury(
        { ...message, deliveryCount, content },
        {
          reason: 'MaxDeliveryCountExceeded',
          description: `Message could not be consumed after ${deliveryCount} delivery attempts.`,
        },
      );
    else this.#backlog.replace(message, { lock: undefined, deliveryCount, content });
  }

  #expire(message: Message): void {
    const description = 'The message expired and was dead lettered.';
    if (this.#settings.deadLetterExpired === true)
      this.#bury(message, { reason: 'TTLExpiredException', description });
    else this.#backlog.remove(message);
  }

  /** A message of a dead-letter queue stays there, under the newer reason. */
  #bury(message: Message, why: Omit<DeadLetter, 'source'>): void {
    const { deadLetters } = this.#parts;
    const source = message.deadLetter?.source ?? this.name;
    if (deadLetters) {
      this.#backlog.remove(message);
      deadLetters.#add({
        ...message,
        state: 'active',
        deadLetter: { ...why, source },
        timeToLive: undefined,
      });
    } else
      this.#backlog.replace(message, {
        lock: undefined,
        content: message.content,
        deadLetter: { ...why, source },
      });
  }

  /** A scheduled message joins the queue as if it had just been sent: at the end, with a new sequence number. */
  #enqueue(message: Message): void {
    this.#backlog.remove(message);
    this.#add({ ...message, state: 'active' });
  }

  #add(given: NewMessage & Pick<Message, 'state' | 'deliveryCount'> & Partial<Message>): number {
    return this.#backlog.add({ ...given, enqueuedAt: this.#parts.now() }).sequence;
  }
}

function least(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
