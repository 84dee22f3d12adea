import type { CommandContext } from '../commands/context.ts';
import type { Azure } from '../ports/azure.ts';
import type { Enqueue } from './enqueue.ts';

/** What the refresh timer works with. */
export type RefreshContext = CommandContext & {
  readonly azure: (subscriptionId: string) => Azure;
  /** SHA-256 of what a URL has now. */
  readonly contentOf: (uri: string) => Promise<string>;
  /** Sends a build request, through the queue where there is one. */
  readonly enqueue: Enqueue;
};
