import type { ErrorCode } from '../../../shared/errors/codes.ts';
import { type Failure, KilnError } from '../../../shared/errors/failure.ts';
import type { ImageVersion, Region } from '../../../shared/model/template.ts';
import { deadlineWithin } from '../../../shared/model/time.ts';
import type { Orchestrations } from '../../contract.ts';
import { asResult, call, type Durable, finished, PATIENT, type Piece } from '../durable.convert.ts';
import { LIMITS } from '../limits.ts';

type Publishing = Orchestrations['publish-gallery-version'][0];
/** With a failure: what is there of the version, if anything, is for a retry to go on with. */
export type Created = { readonly version: ImageVersion; readonly failure?: Failure };

const VERSION_ATTEMPTS = 5;

/** What another number may be spared: somebody else had this one first, or Azure could not make it. */
const NEXT_NUMBER: readonly ErrorCode[] = ['NotOurs', 'AzureRefused', 'AzureInterrupted'];

/**
 * One PUT with every region of the first ring. Numbers are taken late, and somebody else may have taken one first: then
 * the next one is tried. A number whose version failed is not tried again.
 */
export function* createVersion(
  df: Durable,
  input: Publishing,
  { regions, deadline }: { regions: readonly Region[]; deadline: string },
): Piece<Created> {
  const { plan, target, attempt } = input;
  const refused: ImageVersion[] = [];
  for (let number = 1; ; number++) {
    const claim = `${plan.run.runId}/${target.index}/${attempt}.${number}`;
    const others = refused.length === 0 ? {} : { refused: [...refused] };
    const version = yield* call(df, 'pick-version', { plan, target, claim, ...others }, PATIENT);
    const made = yield* asResult(createOnce(df, input, { version, regions, deadline, number }));
    if (made.ok) return { version };
    const last = number === VERSION_ATTEMPTS || target.versioning.scheme === 'Exact';
    if (last || !NEXT_NUMBER.includes(made.error.code)) return { version, failure: made.error };
    // A version from a recycle bin has the tags of the request that brought it back.
    if (made.error.code === 'NotOurs') refused.push(version);
  }
}

type Attempt = {
  readonly version: ImageVersion;
  readonly regions: readonly Region[];
  readonly deadline: string;
  readonly number: number;
};

function* createOnce(df: Durable, input: Publishing, attempt: Attempt): Piece<void> {
  const { plan, target, captured } = input;
  const { version, regions, deadline, number } = attempt;
  const place = { plan, target, version, captured, regions } as const;
  const excludeFromLatest = target.excludeFromLatest || target.promotion.rule !== 'AtOnce';
  const wish = { ...place, excludeFromLatest, what: 'create' } as const;
  const creation = yield* call(df, 'write-version', wish, PATIENT);
  const limits = { deadline, onTimeout: 'RegionFailed', id: `version-${number}` } as const;
  const created = yield* asResult(finished(df, plan.run, creation, { ...limits, endsAtCancel: true }));
  if (created.ok || (yield* salvage(df, input, { ...attempt, failure: created.error }))) return;
  throw new KilnError(created.error);
}

/** True when the failed operation left a version that some regions have or get; otherwise what it left is removed. */
function* salvage(
  df: Durable,
  input: Publishing,
  { version, number, failure }: Attempt & { failure: Failure },
): Piece<boolean> {
  const { plan, target } = input;
  if (failure.code === 'RunCanceled') return false;
  const { usable } = yield* call(df, 'salvage-version', { plan, target, version }, PATIENT);
  if (!usable) yield* removeVersion(df, input, { version, id: `removal-${number}` });
  return usable;
}

type Removal = { readonly version: ImageVersion; readonly id: string };

/** Takes away what the run has made of a version; false when Azure would not. One that `latest` can see stays. */
export function* removeVersion(
  df: Durable,
  { plan, target }: Publishing,
  { version, id }: Removal,
): Piece<boolean> {
  const started = yield* asResult(call(df, 'start-version-removal', { plan, target, version }, PATIENT));
  if (!started.ok) return false;
  // Not that of the version: it may be what ended it.
  const deadline = deadlineWithin(df.currentUtcDateTime, LIMITS.versionRemoval);
  const limits = { deadline, onTimeout: 'RegionFailed', id } as const;
  return (yield* asResult(finished(df, plan.run, started.value, limits))).ok;
}
