import { canceledOutcome, type Outcome } from '../../shared/planning/outcome.ts';
import { timestamp } from '../../shared/model/time.ts';
import type { Input } from '../contract.ts';
import { type Build, record } from './build/build.ts';
import { asResult, call, PATIENT, type Piece } from './durable.convert.ts';

/** Stores how a run has ended, and answers with that; whatever comes after does not change it. */
export function* report(build: Build, outcome: Outcome): Piece<Outcome> {
  const { df, run } = build;
  if (build.unsaid.length > 0) yield* asResult(record(build, []));
  const stored = yield* asResult(
    call(df, 'record-outcome', { run, ...outcome, endedAt: timestamp(df.currentUtcDateTime) }, PATIENT),
  );
  return stored.ok && stored.value?.canceled === true ? canceledOutcome(outcome) : outcome;
}

/** Stores what became of what the run made. Whoever follows the run waits for this word. */
export function* reportCleanup({ df, run }: Build, end: Omit<Input<'record-cleanup'>, 'run'>): Piece<void> {
  yield* asResult(call(df, 'record-cleanup', { run, ...end }, PATIENT));
}
