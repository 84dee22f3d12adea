import type { ErrorCode } from '../../../shared/errors/codes.ts';
import { deadlineWithin } from '../../../shared/model/time.ts';
import type { Outcome } from '../../../shared/planning/outcome.ts';
import { entry, type Planned } from './build.ts';
import { asResult, call, type Piece } from '../durable.convert.ts';
import { reportCleanup } from '../report.ts';

/** Failures of what runs in the VMs; those of Azure leave nothing in there that is worth a look. */
const OF_CUSTOMIZERS: readonly ErrorCode[] = ['CustomizerFailed', 'CustomizerTimedOut'];
const OF_VALIDATORS: readonly ErrorCode[] = ['ValidationStepFailed'];
/** Of either, by the log that the failure names. */
const OF_MACHINES: readonly ErrorCode[] = ['MachineRestarted', 'AgentLost', 'AgentFailed'];

/**
 * True when the template asks to keep the VMs after this failure.
 * https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json#properties-errorhandling
 */
export function shouldKeep({ plan }: Planned, { failure }: Outcome): boolean {
  if (plan.keep === undefined || failure === undefined) return false;
  if (OF_CUSTOMIZERS.includes(failure.code)) return plan.keep.customize;
  if (OF_VALIDATORS.includes(failure.code)) return plan.keep.validate;
  if (!OF_MACHINES.includes(failure.code)) return false;
  const step = plan.steps.find(({ log }) => failure.target === log || failure.target?.startsWith(`${log}.`));
  return step?.phase === 'customize' ? plan.keep.customize : plan.keep.validate;
}

/** Keeps the VMs for the lease instead of cleaning up; the janitor removes them when it has ended. */
export function* keepMachines(build: Planned, leaseMinutes: number): Piece<void> {
  const { df, run, plan } = build;
  const until = deadlineWithin(df.currentUtcDateTime, { minutes: leaseMinutes });
  const kept = yield* asResult(call(df, 'keep-machines', { plan, until }));
  const message = kept.ok
    ? `The VMs in ${plan.stagingGroup} are kept until ${until}, as errorHandling says; delete them when you are done.`
    : `The VMs in ${plan.stagingGroup} are kept, but their lease could not be written: ${kept.error.message}`;
  const entries = [entry(df, 'clean up', 'skipped', message)];
  yield* asResult(call(df, 'record-progress', { run, entries }));
  yield* reportCleanup(build, { cleanup: 'kept', keptUntil: until });
}
