import type { IncomingMessage } from './incoming-message.ts';
import type { Timestamp } from '../model/timestamp.ts';

/** A message of the queue of requests that nobody could carry out. */
export type DeadLetter = IncomingMessage & {
  /** The broker's own, unique in the queue: a decimal number of up to 64 bits. */
  readonly number: string;
  readonly enqueued: Timestamp;
  readonly deliveries: number;
  readonly reason?: string;
  readonly description?: string;
  /** The body as text, however it was sent. */
  readonly text: string;
};

/** What to do with a dead letter that was found by its number. Absent: somebody else holds it now, or it is gone. */
export type Chosen = { readonly letter: DeadLetter } | undefined;

export interface DeadLetters {
  /** The oldest first, without taking any. */
  list(most: number): Promise<DeadLetter[]>;
  /**
   * Sends one to the queue again as the same request, and then takes it away: killed in between, there are two of one request, which
   * Kiln knows by its key.
   */
  resubmit(number: string): Promise<Chosen>;
  discard(number: string): Promise<Chosen>;
}
