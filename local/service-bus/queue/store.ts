import type { Message } from './message.ts';

/** Where queues keep what must outlive the process. Queues are named by their path in lower case. */
export interface MessageStore {
  /** All or nothing of what `change` writes. */
  transaction<T>(change: () => T): T;
  messages(queue: string): Message[];
  /** Inserts or replaces. */
  put(queue: string, message: Message): void;
  remove(queue: string, sequence: number): void;
  /** The next sequence number of a queue; 1 when it is new. */
  nextSequence(queue: string): number;
  setNextSequence(queue: string, next: number): void;
  /** Message ids that duplicate detection knows, oldest first, with the time they were sent. */
  sentIds(queue: string): (readonly [id: string, at: number])[];
  addSentId(queue: string, id: string, at: number): void;
  forgetSentIds(queue: string, before: number): void;
}
