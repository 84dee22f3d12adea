import type { RingResult } from '../../../shared/distribution/rings.ts';
import type { Result } from '../../../shared/errors/failure.ts';
import type { RegionResult } from '../../../shared/model/documents/documents.ts';
import type { ImageVersion, Ring } from '../../../shared/model/template.ts';
import type { Orchestrations } from '../../contract.ts';
import { all, asResult, begin, call, type Durable, type Piece } from '../durable.convert.ts';

type Booting = Orchestrations['publish-gallery-version'][0] & { readonly version: ImageVersion };

/** Boots a VM of the version in every region of a ring that has not seen one yet, all at once. */
export function* bootRing(
  df: Durable,
  { plan, target, version, attempt }: Booting,
  { ring, regions }: { ring: Ring; regions: readonly RegionResult[] },
): Piece<RingResult> {
  const open = ring.regions.filter((name) =>
    regions.some(({ region, bootSeconds }) => region === name && bootSeconds === undefined),
  );
  // A later distribution may find no group any more.
  const group = yield* asResult(call(df, 'create-staging-group', { plan }));
  const booted = group.ok
    ? yield* all<{ seconds: number }>(
        df,
        open.map((region) => {
          const input = { plan, target, version, attempt, region };
          return begin(df, 'smoke-boot', input, `boot-${region}`);
        }),
      )
    : open.map(() => group);
  const results = regions.map((result) => {
    const at = open.findIndex((region) => region === result.region);
    return withBoot(result, booted[at]);
  });
  return { ok: results.every(({ state }) => state === 'Completed'), regions: results };
}

function withBoot(result: RegionResult, booted: Result<{ seconds: number }> | undefined): RegionResult {
  if (booted === undefined) return result;
  if (booted.ok) return { ...result, bootSeconds: booted.value.seconds };
  return { ...result, state: 'BootFailed', error: booted.error };
}
