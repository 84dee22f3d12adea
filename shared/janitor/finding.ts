import type { Azure } from '../ports/azure.ts';
import type { CommandContext } from '../commands/context.ts';
import { KilnError } from '../errors/failure.ts';

/** What the janitor works with. */
export type JanitorContext = CommandContext & {
  /** Value of the tag `kiln-app`: another deployment's things are not ours. */
  readonly appName: string;
  readonly azure: (subscriptionId: string) => Azure;
};

/** One thing the janitor looked at and what came of it. */
export type Finding = {
  /** ARM id of the group, resource or template. */
  readonly subject: string;
  readonly action: 'removed' | 'kept' | 'healed' | 'settled' | 'failed' | 'unknown';
  /** Why, as words that follow "because". */
  readonly reason: string;
  readonly runId?: string;
};

/** What goes wrong with one thing is a finding, and the rest goes on. */
export async function attempt(subject: string, work: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof KilnError)) throw error;
    return [{ subject, action: 'failed', reason: `${error.failure.code}: ${error.failure.message}` }];
  }
}
