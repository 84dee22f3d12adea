import { randomUUID } from 'node:crypto';
import type { Delivery, EventContext, Sender } from 'rhea';
import type { Consumer, Namespace } from '../namespace.ts';
import type { Message } from '../queue/message.ts';
import type { Queue, Revise } from '../queue/queue.ts';
import { LOCK_LOST } from './conditions.ts';
import { Credit } from './credit.ts';
import { deliveryTag } from './lock-token.ts';
import { withProperties, writeMessage } from './message.ts';
import {
  accepted,
  drop,
  encodeProperties,
  flowOf,
  flush,
  rejected,
  settleOneSided,
  toValues,
  type Values,
} from './rhea.convert.ts';

/** The sender's settle mode "settled": the client asks for receive-and-delete. */
const SETTLED = 1;

/** A client receives from a queue. */
export class OutgoingLink implements Consumer {
  readonly isDestructive: boolean;
  readonly #sender: Sender;
  readonly #queue: Queue;
  readonly #namespace: Namespace;
  readonly #tokens = new Map<Delivery, string>();
  readonly #credit: Credit;

  constructor(sender: Sender, queue: Queue, namespace: Namespace) {
    this.#sender = sender;
    this.#queue = queue;
    this.#namespace = namespace;
    this.#credit = new Credit(sender);
    this.isDestructive = sender.snd_settle_mode === SETTLED;
    // A client may ask again before its credit is used up; each flow is an occasion to send.
    sender.on('sender_flow', () => setImmediate(() => this.#flow()));
    sender.on('accepted', (context: EventContext) => this.#settle(context, (token) => queue.complete(token)));
    sender.on('released', (context: EventContext) => this.#settle(context, (token) => queue.release(token)));
    sender.on('modified', (context: EventContext) => this.#settle(context, putBack(queue, context)));
    sender.on('rejected', (context: EventContext) => this.#settle(context, bury(queue, context)));
    // Settled without an outcome.
    sender.on('settled', (context: EventContext) => this.#settle(context, (token) => queue.release(token)));
  }

  get credit(): number {
    return this.#credit.left;
  }

  deliver(message: Message): void {
    const token = message.lock?.token;
    const delivery = this.#sender.send(writeMessage(message), deliveryTag(token ?? randomUUID()), 0);
    this.#credit.use(delivery);
    if (token !== undefined) this.#tokens.set(delivery, token);
  }

  /** The link is gone: nobody settles its deliveries any more, and each would take room in the session for ever. */
  forget(): void {
    for (const delivery of this.#tokens.keys()) drop(delivery);
    this.#tokens.clear();
  }

  /**
   * Over the management node, as a Functions app does that settles for itself. The delivery is settled too, or it would
   * take room in the session for ever, on both sides.
   */
  onSettled(token: string): void {
    for (const [delivery, own] of this.#tokens)
      if (own === token) {
        this.#tokens.delete(delivery);
        settleOneSided(delivery);
      }
  }

  /** Credit came: sends what there is; a client that drains is told when nothing is left. */
  #flow(): void {
    if (!this.#sender.is_open()) return;
    this.#namespace.act(() => this.#queue.advance());
    if (!flowOf(this.#sender).isDraining) return;
    // After the deliveries, which rhea writes with its next tick.
    setImmediate(() => {
      this.#sender.set_drained(true);
      flush(this.#sender.connection);
    });
  }

  /** Answers with `accepted` whatever the client's outcome was: an echo of its `rejected` would look like a failure to it. */
  #settle({ delivery }: EventContext, settlement: (token: string) => boolean): void {
    const token = delivery && this.#tokens.get(delivery);
    if (delivery === undefined || token === undefined) return;
    this.#tokens.delete(delivery);
    const isDone = this.#namespace.act(() => settlement(token));
    settleOneSided(delivery, isDone ? accepted() : rejected(LOCK_LOST));
  }
}

/** `undeliverable-here` means deferred, otherwise abandoned. */
function putBack(queue: Queue, { delivery }: EventContext): (token: string) => boolean {
  const state = toValues(delivery?.remote_state);
  const revise = revision(toValues(state['message_annotations']));
  return (token) =>
    state['undeliverable_here'] === true ? queue.defer(token, revise) : queue.abandon(token, revise);
}

function bury(queue: Queue, { delivery }: EventContext): (token: string) => boolean {
  const error = toValues(toValues(delivery?.remote_state)['error']);
  const { DeadLetterReason, DeadLetterErrorDescription, ...properties } = toValues(error['info']);
  const condition = text(error['condition']);
  const why = {
    // The official clients put the reason into the properties, under a condition that says nothing else.
    reason: text(DeadLetterReason) ?? (condition === 'com.microsoft:dead-letter' ? undefined : condition),
    description: text(DeadLetterErrorDescription) ?? text(error['description']),
  };
  return (token) => queue.deadLetter(token, why, revision(properties));
}

/** Sets these application properties. */
export function revision(properties: Values): Revise {
  if (Object.keys(properties).length === 0) return (content) => content;
  // Here, because what a client sent may be nothing that can be encoded, and a change of the queue must not fail for that.
  const encoded = encodeProperties(properties);
  return (content) => withProperties(content, encoded);
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
