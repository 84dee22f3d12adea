import type { Failure, Result } from '../errors/failure.ts';
import type { RegionProgress } from '../model/documents/documents.ts';
import { isFinal } from './publication.ts';

/** Raised on who waits for a region when there is nothing more to wait for. Durable: instances of other versions wait for it. */
export const SETTLED = 'region-settled';

/** Of the wait of a watcher, below it. */
export const WATCH = 'watch';

/** The instance that waits for a region of a target; made of the ids that its parents give. */
export function watcherOf(publisher: string, region: string): string {
  return `${publisher}:region-${region}:${WATCH}`;
}

type Progress = { readonly attempt: number; readonly regions: readonly RegionProgress[] };

/** Regions that have come to their end with a look, in this attempt. */
export function newlySettled(before: Progress, after: Progress): RegionProgress[] {
  const known = before.attempt === after.attempt ? before.regions.filter(isFinal) : [];
  return after.regions.filter((one) => isFinal(one) && !known.some(({ region }) => region === one.region));
}

export type Watched = { readonly timedOut: boolean; readonly error?: Failure };

/** How the wait for a region ended; undefined while it has not. */
export function watched(progress: RegionProgress | undefined): Result<Watched> | undefined {
  switch (progress?.state) {
    case 'Completed':
      return { ok: true, value: { timedOut: false } };
    case 'TimedOut':
      return { ok: true, value: { timedOut: true, ...(progress.error && { error: progress.error }) } };
    case 'Failed':
      return { ok: false, error: progress.error ?? brokenIn(progress.region) };
    case 'Waiting':
    case 'Replicating':
    case undefined:
    default:
      return undefined;
  }
}

function brokenIn(region: string): Failure {
  return { code: 'RegionFailed', message: `Replication to ${region} failed.`, target: region };
}
