import type { Duration } from '../../shared/model/time.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { OperationHandle, ProbeName, Probes } from '../contract.ts';
import { type Planned, within } from './build/build.ts';
import { asResult, beginWait, type Piece, unlessCanceled } from './durable.convert.ts';

/**
 * Waits of a build. `OrCancel` in a name: a cancel of the run ends the wait at once, as `RunCanceled`. The words of
 * durable.convert.ts without it go on to their end.
 */

/** Waits in a child instance. */
export function* untilOrCancel<Name extends ProbeName>(
  build: Planned,
  probe: Name,
  input: Probes[Name][0],
  limit: ReturnType<typeof within>,
): Piece<void> {
  yield* unlessCanceled(build.df, beginWait(build.df, probe, input, limit));
}

/** Waits for an operation of Azure's unless it is over already. */
export function* endOrCancel(
  build: Planned,
  id: string,
  limit: Duration,
  handle: OperationHandle,
): Piece<void> {
  if (handle.done) return;
  const limits = within(build, limit, 'AzureUnavailable', id);
  yield* untilOrCancel(build, 'check-operation', { run: build.run, handle }, limits);
}

/**
 * Starts an operation of Azure's and waits for it; once more when what ended it passes by itself. For what adopts what it
 * finds of itself, and so may be started twice.
 */
export function* doneOrCancel(
  build: Planned,
  id: string,
  limit: Duration,
  start: () => Piece<OperationHandle>,
): Piece<void> {
  const first = yield* asResult(endOrCancel(build, id, limit, yield* start()));
  if (first.ok) return;
  if (first.error.code !== 'AzureInterrupted') throw new KilnError(first.error);
  yield* endOrCancel(build, `${id}-again`, limit, yield* start());
}
