import { lookAgain, notSeenYet } from '../../shared/azure/not-seen-yet.ts';
import type { BuildPlan } from '../../shared/build/plan.ts';
import type { Failure } from '../../shared/errors/failure.ts';
import type { ActivityName } from './contract.ts';

/** Looks at what the run has made or started. */
const LOOKS: ReadonlySet<string> = new Set<ActivityName>([
  'check-agent',
  'check-command',
  'check-operation',
  'check-power-off',
]);
/** They may come after what they ask for has gone, and have nothing to wait for. */
const AFTERWARDS: ReadonlySet<string> = new Set<ActivityName>([
  'save-serial-log',
  'finish-command',
  'discard-build-machine',
  'revoke-disk-access',
  'keep-machines',
  'start-cleanup',
  'check-group-gone',
]);

/** Marks a failure that another attempt may not meet any more, although its code is one of those that stay. */
export function repeatable(
  name: string,
  failure: Failure,
  plan: Pick<BuildPlan, 'stagingGroup'> | undefined,
): Failure {
  if (LOOKS.has(name)) return lookAgain(failure);
  return AFTERWARDS.has(name) ? failure : notSeenYet(failure, plan?.stagingGroup);
}
