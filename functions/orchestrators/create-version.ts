import { KilnError } from '../../shared/errors/failure.ts';
import type { ImageVersion, Region } from '../../shared/template/model.ts';
import type { Orchestrations } from '../activities/contract.ts';
import { asResult, call, type Durable, failureOf, finished, PATIENT, type Piece } from './durable.convert.ts';

type Publishing = Orchestrations['publish-gallery-version'][0];

const VERSION_ATTEMPTS = 5;

/**
 * One PUT with every region of the first ring. Numbers are taken late, and somebody else may have taken one first: then
 * the next one is tried. A number whose version failed is not tried again.
 */
export function* createVersion(
  df: Durable,
  input: Publishing,
  { regions, deadline }: { regions: readonly Region[]; deadline: string },
): Piece<ImageVersion> {
  const { plan, target, captured, attempt } = input;
  for (let number = 1; ; number++) {
    const claim = `${plan.run.runId}/${target.index}/${attempt}.${number}`;
    const version = yield* call(df, 'pick-version', { plan, target, claim }, PATIENT);
    const wish = {
      plan,
      target,
      version,
      captured,
      regions,
      excludeFromLatest: true,
      what: 'create',
    } as const;
    const last = number === VERSION_ATTEMPTS || target.versioning.scheme === 'Exact';
    try {
      const creation = yield* call(df, 'write-version', wish, PATIENT);
      const limits = { deadline, onTimeout: 'RegionFailed', id: `version-${number}` } as const;
      const created = yield* asResult(finished(df, plan.run, creation, limits));
      if (created.ok || (yield* salvage(df, input, { version, deadline, number }))) return version;
      throw new KilnError(created.error);
    } catch (error) {
      const { code } = failureOf(error);
      if (last || !['NotOurs', 'AzureRefused'].includes(code)) throw error;
    }
  }
}

type Failed = { readonly version: ImageVersion; readonly deadline: string; readonly number: number };

/** True when the failed operation left a version that some regions have or get; otherwise what it left is removed. */
function* salvage(df: Durable, input: Publishing, { version, deadline, number }: Failed): Piece<boolean> {
  const { plan, target } = input;
  const { usable } = yield* call(df, 'salvage-version', { plan, target, version }, PATIENT);
  if (usable) return true;
  const removal = yield* asResult(call(df, 'start-version-removal', { plan, target, version }, PATIENT));
  const limits = { deadline, onTimeout: 'RegionFailed', id: `removal-${number}` } as const;
  if (removal.ok) yield* asResult(finished(df, plan.run, removal.value, limits));
  return false;
}
