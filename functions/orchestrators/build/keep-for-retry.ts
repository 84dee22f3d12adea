import type { Outcome } from '../../../shared/planning/outcome.ts';
import { deadlineWithin } from '../../../shared/model/time.ts';
import { entry, type Planned } from './build.ts';
import { asResult, call, type Piece } from '../durable.convert.ts';
import { LIMITS } from '../limits.ts';
import { reportCleanup } from '../report.ts';

/** True when an image is there that some target did not get. */
export function isWorthKeeping({ failure }: Outcome): boolean {
  return failure?.code === 'DistributionFailed';
}

/** Keeps what was built for the lease, so that a retry needs no build; the janitor removes it when the lease has ended. */
export function* keepForRetry(build: Planned): Piece<void> {
  const { df, run, plan } = build;
  const until = deadlineWithin(df.currentUtcDateTime, LIMITS.retryLease);
  // Nobody reads the disk in the meantime, and an outstanding SAS would block its deletion.
  yield* asResult(call(df, 'revoke-disk-access', { plan }));
  const kept = yield* asResult(call(df, 'keep-machines', { plan, until }));
  const message = kept.ok
    ? `What was built is kept in ${plan.stagingGroup} until ${until}: \`retry\` distributes what failed without building again.`
    : `What was built is kept in ${plan.stagingGroup}, but its lease could not be written: ${kept.error.message}`;
  const entries = [entry(df, 'clean up', 'skipped', message)];
  yield* asResult(call(df, 'record-progress', { run, entries }));
  yield* reportCleanup(build, { cleanup: 'kept', keptUntil: until, ...(kept.ok && { retryUntil: until }) });
}
