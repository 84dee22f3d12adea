/** Why a message lies in a dead-letter queue, and where it came from. */
export type DeadLetter = {
  readonly reason: string | undefined;
  readonly description: string | undefined;
  readonly source: string;
};

/** Somebody holds a message for now. Times are milliseconds since 1970. */
export type Lock = { readonly token: string; readonly until: number };

/** A message in a queue: a value, replaced as a whole by each change. Its content is opaque here. */
export type Message = {
  /** Its place in the queue; for a scheduled message only a handle to cancel it by. */
  readonly sequence: number;
  /** The sequence number in the queue that it was first sent to. */
  readonly originalSequence: number;
  readonly content: Uint8Array;
  readonly messageId: string;
  readonly enqueuedAt: number;
  /** Milliseconds from `enqueuedAt`; undefined is for ever. */
  readonly timeToLive: number | undefined;
  /** Deliveries that ended without a settlement, or by abandoning. */
  readonly deliveryCount: number;
  readonly state: 'active' | 'deferred' | 'scheduled';
  /** Set for scheduled messages alone. */
  readonly scheduledFor: number | undefined;
  readonly lock: Lock | undefined;
  readonly deadLetter: DeadLetter | undefined;
};

/** What a sender hands in. */
export type NewMessage = Pick<Message, 'content' | 'messageId' | 'timeToLive' | 'scheduledFor'>;

export const expiryOf = (message: Message): number =>
  message.timeToLive === undefined ? Number.POSITIVE_INFINITY : message.enqueuedAt + message.timeToLive;
