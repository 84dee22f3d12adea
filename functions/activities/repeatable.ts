import { lookAgain, notSeenYet } from '../../shared/azure/not-seen-yet.ts';
import type { BuildPlan } from '../../shared/model/plan.ts';
import type { ErrorCode } from '../../shared/errors/codes.ts';
import type { Failure } from '../../shared/errors/failure.ts';
import type { ActivityName } from '../contract.ts';

/** Looks at what the run has made or started. */
const LOOKS: ReadonlySet<string> = new Set<ActivityName>([
  'check-agent',
  'check-command',
  'check-operation',
  'check-power-off',
]);
/** Milliseconds. */
const LEAST_WAIT = 50;
const LOST_RACES: readonly ErrorCode[] = ['Conflict', 'PreconditionFailed'];
/** They may come after what they ask for has gone, and have nothing to wait for. */
const AFTERWARDS: ReadonlySet<string> = new Set<ActivityName>([
  'save-serial-log',
  'finish-command',
  'discard-build-machine',
  'revoke-disk-access',
  'keep-machines',
  'start-cleanup',
  'check-group-gone',
  // A checkpoint may have gone, and there is another way to begin.
  'start-checkpoint-disk',
]);

/** Marks a failure that another attempt may not meet any more, although its code is one of those that stay. */
export function repeatable(
  name: string,
  failure: Failure,
  plan: Pick<BuildPlan, 'stagingGroup' | 'checkpoints'> | undefined,
): Failure {
  // Others have changed the same document in between: that must not end a build.
  if (LOST_RACES.includes(failure.code))
    return { ...failure, passing: true, retryAfterMs: 1000 + Math.round(Math.random() * 4000) };
  if (failure.code === 'AzureThrottled') return spread(failure);
  if (LOOKS.has(name)) return lookAgain(failure);
  const group = name === 'start-checkpoint' ? plan?.checkpoints?.group : plan?.stagingGroup;
  return AFTERWARDS.has(name) ? failure : notSeenYet(failure, group);
}

/**
 * A thousand builds that are refused at the same moment are all asked to wait equally long. Each waits up to twice as long here, and
 * its orchestrator longer with each attempt, until they come back as fast as Azure takes them.
 */
function spread(failure: Failure): Failure {
  const wait = Math.max(failure.retryAfterMs ?? LEAST_WAIT, LEAST_WAIT);
  return { ...failure, crowded: true, retryAfterMs: Math.round(wait * (1 + Math.random())) };
}
