import type { OrchestrationContext } from 'durable-functions';
import { deadlineWithin, timestamp } from '../../../shared/model/time.ts';
import { KilnError, type Result } from '../../../shared/errors/failure.ts';
import { type Published, versionOutput, wasCanceled } from '../../../shared/distribution/version-output.ts';
import { promotedBy, type RingResult } from '../../../shared/distribution/rings.ts';
import type { RunOutput } from '../../../shared/model/documents/documents.ts';
import type { ImageVersion } from '../../../shared/model/template.ts';
import type { Orchestrations } from '../../contract.ts';
import { type Created, createVersion, removeVersion } from './create-version.ts';
import {
  asResult,
  call,
  carriedOut,
  type Durable,
  inputOf,
  PATIENT,
  type Piece,
} from '../durable.convert.ts';
import { removeKeptSource, withKeptSource } from '../build/keep-source.ts';
import { prepareHome } from '../build/prepare-home.ts';
import { replicateRings } from './replicate-rings.ts';

type Publishing = Orchestrations['publish-gallery-version'][0];

/**
 * A gallery version: created by one PUT, replicated ring by ring, and let into `latest` when the template's rule says so.
 * Where a rule, a ring or an approval has to be waited for, it stays out of `latest` until then.
 */
export function* publishGalleryVersion(context: OrchestrationContext): Piece<Result<RunOutput>> {
  return yield* asResult(publish(context.df));
}

function* publish(df: Durable): Piece<RunOutput> {
  const input = inputOf<Publishing>(df);
  const { plan, target, resume } = input;
  if (resume === undefined) yield* prepareHome(df, input);
  const startedAt = timestamp(df.currentUtcDateTime);
  const deadline = deadlineWithin(df.currentUtcDateTime, { seconds: target.regionTimeout });
  const [first] = target.rings;
  const make = createVersion(df, input, { regions: first?.regions ?? [], deadline });
  const created: Created = resume ?? (yield* withKeptSource(df, input, { deadline, make }));
  const { version, failure } = created;
  const published =
    failure === undefined
      ? yield* spread(df, input, { version, startedAt })
      : { version, rings: [], promoted: false, failure };
  if (wasCanceled(published)) yield* takeBack(df, input, published);
  const output = versionOutput(plan, target, published);
  yield* call(df, 'record-output', { run: plan.run, output }, PATIENT);
  return output;
}

function* spread(
  df: Durable,
  input: Publishing,
  { version, startedAt }: { version: ImageVersion; startedAt: string },
): Piece<Published> {
  const rings = yield* replicateRings(df, { ...input, version, startedAt });
  const promoted = yield* asResult(promote(df, input, { version, rings }));
  if (promoted.ok) return { version, rings, promoted: promoted.value };
  return { version, rings, promoted: false, failure: promoted.error };
}

type Replicated = { readonly version: ImageVersion; readonly rings: readonly RingResult[] };

/** The version is complete enough for its rule: a full PUT, because a PATCH needs the same body anyway. */
function* promote(df: Durable, input: Publishing, { version, rings }: Replicated): Piece<boolean> {
  const { plan, target, captured } = input;
  if (target.excludeFromLatest || !promotedBy(target.promotion, rings)) return false;
  // Its first write has said so: another one takes minutes, whatever it changes.
  if (target.promotion.rule === 'AtOnce') return true;
  const regions = rings.flatMap((ring) => ring.regions.filter(({ state }) => state !== 'Skipped'));
  const names = regions.map(({ region }) => region);
  const wish = { plan, target, version, captured, regions: names, excludeFromLatest: false } as const;
  const promotion = () => call(df, 'write-version', { ...wish, what: 'promote' }, PATIENT);
  const deadline = deadlineWithin(df.currentUtcDateTime, { seconds: target.regionTimeout });
  yield* carriedOut(df, plan.run, promotion, { deadline, onTimeout: 'AzureUnavailable', id: 'promote' });
  return true;
}

/** A canceled run leaves no half of a version behind, which every region would cost and nobody would use. */
function* takeBack(df: Durable, input: Publishing, { version, failure }: Published): Piece<void> {
  if (!(yield* removeVersion(df, input, { version, id: 'take-back' }))) return;
  yield* removeKeptSource(df, input);
  throw new KilnError(failure ?? { code: 'RunCanceled', message: 'The run was canceled.' });
}
