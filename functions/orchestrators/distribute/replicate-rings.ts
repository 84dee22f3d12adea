import { timestamp, deadlineWithin } from '../../../shared/model/time.ts';
import { failed, type RingResult, skipped } from '../../../shared/distribution/rings.ts';
import type { Result } from '../../../shared/errors/failure.ts';
import type { RegionResult, Timestamp } from '../../../shared/model/documents/documents.ts';
import type { ImageVersion, Region, Ring } from '../../../shared/model/template.ts';
import type { Orchestrations } from '../../contract.ts';
import { awaitApproval } from './await-approval.ts';
import { bootRing } from './boot-ring.ts';
import {
  all,
  asResult,
  begin,
  call,
  type Durable,
  finished,
  PATIENT,
  type Piece,
} from '../durable.convert.ts';

type Replication = Orchestrations['publish-gallery-version'][0] & {
  readonly version: ImageVersion;
  readonly startedAt: Timestamp;
};

const DONE: Result<void> = { ok: true, value: undefined };

/** One ring after the other; the first that goes wrong is the last. */
export function* replicateRings(df: Durable, input: Replication): Piece<RingResult[]> {
  const { target, resume } = input;
  const results: RingResult[] = [];
  // A retry must not drop what an earlier attempt has put into later rings.
  let wanted: readonly string[] = (resume?.regions ?? [])
    .filter(({ state }) => state !== 'Skipped')
    .map(({ region }) => region);
  for (const [index, ring] of target.rings.entries()) {
    if (results.some(({ ok }) => !ok)) {
      results.push(skipped(ring, index));
      continue;
    }
    const more = ring.regions.filter((region) => !wanted.includes(region));
    wanted = [...wanted, ...more];
    const isNew = more.length > 0 && (index > 0 || resume !== undefined);
    const extended = isNew ? yield* asResult(extend(df, input, { wanted, index })) : DONE;
    if (!extended.ok) {
      results.push(failed(ring, input, extended.error));
      continue;
    }
    const replicated = yield* replicate(df, input, { ring, index, wanted });
    const result =
      replicated.ok && ring.smokeBoot
        ? yield* bootRing(df, input, { ring, regions: replicated.regions })
        : replicated;
    const error =
      result.ok && needsApproval(input, index)
        ? yield* awaitApproval(df, { ...input, ring: index + 1 })
        : undefined;
    results.push(error === undefined ? result : { ...result, ok: false, error });
  }
  return results;
}

/** Between two rings; what an earlier attempt let through stays open. */
function needsApproval({ target, resume }: Replication, index: number): boolean {
  if (target.rings[index]?.approval !== true || index === target.rings.length - 1) return false;
  const next = target.rings[index + 1]?.regions ?? [];
  return !(resume?.regions ?? []).some(
    ({ region, state }) => state !== 'Skipped' && next.some((name) => name === region),
  );
}

type Turn = { readonly wanted: readonly string[]; readonly index: number };

function* extend(df: Durable, input: Replication, { wanted, index }: Turn): Piece<void> {
  const { plan, target, version, captured } = input;
  const deadline = deadlineWithin(df.currentUtcDateTime, { seconds: target.regionTimeout });
  const wish = { plan, target, version, captured, regions: wanted, excludeFromLatest: 'as it is' } as const;
  const handle = yield* call(df, 'write-version', { ...wish, what: 'extend' }, PATIENT);
  yield* finished(df, plan.run, handle, {
    deadline,
    onTimeout: 'RegionFailed',
    id: `extend-${index}`,
    endsAtCancel: true,
  });
}

/** The writer and one watcher for each region that does not have the version yet. */
function* replicate(
  df: Durable,
  input: Replication,
  { ring, index, wanted }: Turn & { ring: Ring },
): Piece<RingResult> {
  const { plan, target, version, captured, attempt } = input;
  const startedAt = index === 0 ? input.startedAt : timestamp(df.currentUtcDateTime);
  const deadline = deadlineWithin(df.currentUtcDateTime, { seconds: target.regionTimeout });
  const before = (input.resume?.regions ?? []).filter(
    ({ region, state }) => state === 'Completed' && ring.regions.some((name) => name === region),
  );
  const open = ring.regions.filter((region) => !before.some((result) => result.region === region));
  if (open.length === 0) return { ok: true, regions: before };
  const common = { plan, target, version, attempt, deadline, startedAt };
  const watching = plan.brief === true ? brief(common) : common;
  const tending = { ...common, publisher: df.instanceId, captured, regions: wanted, ring: index, looks: 0 };
  const [tended, ...watched] = yield* all<RegionResult | null>(df, [
    begin(df, 'tend-version', tending, `writer-${index}`),
    ...open.map((region) => begin(df, 'watch-region', { ...watching, region }, `region-${region}`)),
  ]);
  const regions = [...before, ...watched.map((result, at) => resultOf(result, open[at], tended))];
  return { ok: regions.every(({ state }) => state === 'Completed'), regions };
}

/** Names what is watched instead of copying it: twenty regions would have the plan twenty times, each in several histories. */
function brief<Common extends Pick<Replication, 'plan' | 'target' | 'version'>>(common: Common) {
  const { plan, target, version: _version, ...rest } = common;
  return { ...rest, run: plan.run, target: { index: target.index, runOutputName: target.runOutputName } };
}

function resultOf(
  watched: Result<RegionResult | null>,
  region: Region | undefined,
  tended: Result<unknown> | undefined,
): RegionResult {
  if (watched.ok && watched.value !== null) return watched.value;
  const error = watched.ok ? (tended?.ok === false ? tended.error : undefined) : watched.error;
  return { region: region ?? '', state: 'Failed', seconds: 0, ...(error && { error }) };
}
