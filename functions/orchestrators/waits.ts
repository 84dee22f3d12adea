import { MINUTE } from '../../shared/build/time.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { OperationHandle, ProbeName, Probes } from '../activities/contract.ts';
import { type Planned, within } from './build.ts';
import { asResult, beginWait, type Piece, unlessCanceled } from './durable.convert.ts';

/** Waits in a child instance, and stops waiting at once when the run is canceled. */
export function* until<Name extends ProbeName>(
  build: Planned,
  probe: Name,
  input: Probes[Name][0],
  limit: ReturnType<typeof within>,
): Piece<void> {
  yield* unlessCanceled(build.df, beginWait(build.df, probe, input, limit));
}

/** Waits for an operation of Azure's unless it is over already. */
export function* ended(build: Planned, id: string, minutes: number, handle: OperationHandle): Piece<void> {
  if (handle.done) return;
  const limit = within(build, minutes * MINUTE, 'AzureUnavailable', id);
  yield* until(build, 'check-operation', { run: build.run, handle }, limit);
}

/**
 * Starts an operation of Azure's and waits for it; once more when what ended it passes by itself. For what adopts what it
 * finds of itself, and so may be started twice.
 */
export function* done(
  build: Planned,
  id: string,
  minutes: number,
  start: () => Piece<OperationHandle>,
): Piece<void> {
  const first = yield* asResult(ended(build, id, minutes, yield* start()));
  if (first.ok) return;
  if (first.error.code !== 'AzureInterrupted') throw new KilnError(first.error);
  yield* ended(build, `${id}-again`, minutes, yield* start());
}
