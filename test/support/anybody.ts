import { OPEN } from '../../shared/access/policy.ts';
import { UNKNOWN } from '../../shared/model/principal.ts';
import type { CommandContext } from '../../shared/commands/context.ts';

/** For tests that are about something else: a caller whom nothing is denied. */
export const ANYBODY: Pick<CommandContext, 'actor' | 'gate' | 'log'> = {
  actor: UNKNOWN,
  gate: { policy: OPEN, isOwnBlob: () => false },
  log: () => undefined,
};
