import type { Timestamp } from '../timestamp.ts';

/** While it is there, no new work begins. It is in the store, and not a setting, so that a deployment does not end it. */
export type Drain = {
  readonly schema: 1;
  readonly since: Timestamp;
  /** For people; empty: none was given. */
  readonly reason: string;
};
