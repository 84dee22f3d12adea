import { secondsBetween } from '../../../shared/model/time.ts';
import type { OrchestrationContext } from 'durable-functions';
import { SETTLED, WATCH, type Watched } from '../../../shared/distribution/watchers.ts';
import type { Result } from '../../../shared/errors/failure.ts';
import type { RegionResult } from '../../../shared/model/documents/documents.ts';
import type { Orchestrations } from '../../contract.ts';
import { record, stepEntry } from '../build/build.ts';
import { asResult, beginWait, type Durable, inputOf, type Piece, settled } from '../durable.convert.ts';

type Watching = Orchestrations['watch-region'][0];

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
  const run = 'plan' in onRegion ? onRegion.plan.run : onRegion.run;
  const build = { df, run, startedAt, unsaid: [] };
  const entries = [stepEntry(df, 'distribute', step, { event, message, region: onRegion.region })];
  // A line that cannot be written decides nothing about a region that has its version.
  yield* asResult(record(build, entries));
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
