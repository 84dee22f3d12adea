import type { QueueSettings } from './queue/queue.ts';

/** What a namespace holds. Names are compared without case. */
export type Entities = {
  readonly queues: Readonly<Record<string, QueueSettings>>;
  /** Subscriptions by topic; every subscription gets every message, as with the default rule. */
  readonly topics: Readonly<Record<string, Readonly<Record<string, QueueSettings>>>>;
};

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** What a deployment has from its infrastructure. Keep the same as there. */
export const DEPLOYED: Entities = {
  queues: {
    'build-requests': {
      lockMs: MINUTE,
      maxDeliveries: 10,
      duplicateWindowMs: 60 * MINUTE,
      timeToLiveMs: 14 * DAY,
      deadLetterExpired: true,
    },
  },
  topics: {
    'build-events': {
      all: { lockMs: MINUTE, maxDeliveries: 10, timeToLiveMs: 14 * DAY },
    },
  },
};
