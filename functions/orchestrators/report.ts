import { canceledOutcome, type Outcome } from '../../shared/build/outcome.ts';
import { timestamp } from '../../shared/build/time.ts';
import { type Build, record } from './build.ts';
import { asResult, call, type Piece } from './durable.convert.ts';

/** Stores how a run has ended, and answers with that; whatever comes after does not change it. */
export function* report(build: Build, outcome: Outcome): Piece<Outcome> {
  const { df, run } = build;
  if (build.unsaid.length > 0) yield* asResult(record(build, []));
  const stored = yield* asResult(
    call(df, 'record-outcome', { run, ...outcome, endedAt: timestamp(df.currentUtcDateTime) }),
  );
  return stored.ok && stored.value?.canceled === true ? canceledOutcome(outcome) : outcome;
}
