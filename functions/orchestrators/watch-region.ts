import type { OrchestrationContext } from 'durable-functions';
import { secondsBetween } from '../../shared/build/time.ts';
import { SETTLED, WATCH } from '../../shared/distribution/watchers.ts';
import type { Failure, Result } from '../../shared/errors/failure.ts';
import type { RegionResult } from '../../shared/store/documents.ts';
import type { Orchestrations } from '../activities/contract.ts';
import { record, stepEntry } from './build.ts';
import { beginWait, type Durable, inputOf, type Piece, settled } from './durable.convert.ts';

type Watching = Orchestrations['watch-region'][0];
type Watched = { readonly timedOut: boolean; readonly error?: Failure };

/** A version is usable in a region minutes after its own operation has succeeded; only this watcher knows when. */
export function* watchRegion(context: OrchestrationContext): Piece<Result<RegionResult>> {
  const { df } = context;
  const { deadline, startedAt, ...onRegion } = inputOf<Watching>(df);
  // The writer of the version says when to look; until then a look now and then is enough.
  const limits = { deadline, onTimeout: 'RegionTimedOut', id: WATCH, wakeOn: SETTLED } as const;
  const waited = yield* settled<Watched>(beginWait(df, 'check-region', onRegion, limits));
  const result = resultOf(df, onRegion.region, startedAt, waited);
  const step = `${onRegion.target.runOutputName} › ${onRegion.region}`;
  const event = result.state === 'Completed' ? 'succeeded' : 'failed';
  const message = result.error?.message ?? `${result.seconds} s`;
  const build = { df, run: onRegion.plan.run, startedAt, unsaid: [] };
  yield* record(build, [stepEntry(df, 'distribute', step, { event, message, region: onRegion.region })]);
  return { ok: true, value: result };
}

function resultOf(df: Durable, region: string, startedAt: string, waited: Result<Watched>): RegionResult {
  const seconds = secondsBetween(startedAt, df.currentUtcDateTime);
  if (waited.ok) {
    const { timedOut, error } = waited.value;
    return { region, state: timedOut ? 'TimedOut' : 'Completed', seconds, ...(error && { error }) };
  }
  const late = waited.error.code === 'RegionTimedOut';
  return { region, state: late ? 'TimedOut' : 'Failed', seconds, error: waited.error };
}
