import type { Failure } from '../errors/failure.ts';
import type { RegionResult } from '../model/documents/documents.ts';
import type { Promotion, Ring } from '../model/template.ts';
import type { Resume } from './resume.ts';

/** How one ring went. `ok`: all of its regions are complete, its machine booted, and it was approved where that is asked. */
export type RingResult = {
  readonly ok: boolean;
  readonly regions: readonly RegionResult[];
  readonly error?: Failure;
};

/** Whether the rule lets `latest` see a version whose rings went like this. */
export function promotedBy(promotion: Promotion, rings: readonly RingResult[]): boolean {
  switch (promotion.rule) {
    case 'AtOnce':
      return true;
    case 'AllRegions':
      return rings.every(({ ok }) => ok);
    case 'Ring':
      return rings.length >= promotion.ring && rings.slice(0, promotion.ring).every(({ ok }) => ok);
    case 'Quorum': {
      const complete = rings.flatMap((ring) => ring.regions.filter(({ state }) => state === 'Completed'));
      return complete.length >= promotion.regions;
    }
    default:
      return promotion satisfies never;
  }
}

/** A ring that an earlier one keeps from its turn. */
export function skipped({ regions }: Ring, index: number): RingResult {
  const message = `Ring ${index + 1} did not get its turn, because an earlier ring went wrong.`;
  return {
    ok: false,
    regions: regions.map((region) => ({
      region,
      state: 'Skipped',
      seconds: 0,
      error: { code: 'RegionFailed', message, target: region },
    })),
  };
}

/** A ring whose regions could not be asked for; those that an earlier attempt has put there stay as they are. */
export function failed(
  { regions }: Ring,
  { resume }: { readonly resume?: Resume },
  error: Failure,
): RingResult {
  const known = (region: string) => resume?.regions.find((one) => one.region === region);
  return {
    ok: false,
    regions: regions.map((region) => known(region) ?? { region, state: 'Failed', seconds: 0, error }),
  };
}
