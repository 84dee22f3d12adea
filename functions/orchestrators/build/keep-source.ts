import { KilnError } from '../../../shared/errors/failure.ts';
import { deadlineWithin } from '../../../shared/model/time.ts';
import type { Orchestrations } from '../../contract.ts';
import { type Created, removeVersion } from '../distribute/create-version.ts';
import {
  asResult,
  call,
  carriedOut,
  type Durable,
  finished,
  PATIENT,
  type Piece,
} from '../durable.convert.ts';
import { LIMITS } from '../limits.ts';

type Publishing = Orchestrations['publish-gallery-version'][0];

/**
 * Makes a version. A Shallow one refers to what it is made of, so that an image is made first, which stays beside the
 * gallery; it goes again when no version comes of it, and after what is there of the version.
 */
export function* withKeptSource(
  df: Durable,
  input: Publishing,
  { deadline, make }: { deadline: string; make: Piece<Created> },
): Piece<Created> {
  const { plan, target, captured } = input;
  if (target.replicationMode === 'Full') return yield* make;
  const limits = { deadline, onTimeout: 'CaptureFailed' } as const;
  const source = () => call(df, 'start-kept-source', { plan, target, captured }, PATIENT);
  const kept = yield* asResult(carriedOut(df, plan.run, source, { ...limits, id: 'source' }));
  const made = kept.ok ? yield* asResult(make) : kept;
  const failure = made.ok ? made.value.failure : made.error;
  if (made.ok && failure === undefined) return made.value;
  const isThere =
    made.ok && !(yield* removeVersion(df, input, { version: made.value.version, id: 'unmade' }));
  if (isThere) return made.value;
  yield* removeKeptSource(df, input);
  throw new KilnError(failure ?? { code: 'CaptureFailed', message: 'No version was made.' });
}

/** Never throws: what stays is an image beside the gallery, which carries the tag of the run. */
export function* removeKeptSource(df: Durable, input: Publishing): Piece<void> {
  const { plan, target } = input;
  if (target.replicationMode === 'Full') return;
  const removal = yield* asResult(call(df, 'start-kept-source-removal', { plan, target }));
  if (!removal.ok) return;
  const deadline = deadlineWithin(df.currentUtcDateTime, LIMITS.versionRemoval);
  const limits = { deadline, onTimeout: 'CaptureFailed', id: 'source-removal' } as const;
  yield* asResult(finished(df, plan.run, removal.value, limits));
}
