import { deadlineWithin } from '../../../shared/model/time.ts';
import { entry, type Planned } from './build.ts';
import { asResult, call, finished, type Piece, waitFor } from '../durable.convert.ts';
import { LIMITS } from '../limits.ts';
import { reportCleanup } from '../report.ts';

/**
 * Removes what the run made. The outcome is stored by now and does not change any more: when Azure refuses, the
 * janitor goes on where this left off.
 */
export function* cleanUp(build: Planned): Piece<void> {
  const { df, run } = build;
  yield* asResult(call(df, 'record-progress', { run, entries: [entry(df, 'clean up', 'started')] }));
  const removed = yield* asResult(remove(build));
  const kept = build.plan.keepStagingGroup ? 'kept' : 'done';
  const end = removed.ok
    ? entry(df, 'clean up', 'succeeded')
    : entry(df, 'clean up', 'failed', removed.error.message);
  yield* asResult(call(df, 'record-progress', { run, entries: [end] }));
  yield* reportCleanup(
    build,
    removed.ok ? { cleanup: kept } : { cleanup: 'deferred', failure: removed.error },
  );
}

function* remove(build: Planned): Piece<void> {
  const { df, run, plan } = build;
  // An outstanding SAS blocks the deletion of a disk, and a build that failed early has no disk to revoke one from.
  yield* asResult(call(df, 'revoke-disk-access', { plan }));
  const handle = yield* call(df, 'start-cleanup', { plan });
  const limits = {
    deadline: deadlineWithin(df.currentUtcDateTime, LIMITS.cleanUp),
    onTimeout: 'CleanupDeferred',
  } as const;
  yield* finished(df, run, handle, { ...limits, id: 'cleanup' });
  yield* waitFor(df, 'check-group-gone', { plan }, { ...limits, id: 'group-gone' });
}
