import type { RegionProgress } from '../store/documents.ts';
import { isFinal } from './publication.ts';

/** Raised on the watcher of a region when there is nothing more to wait for. Durable: instances of other versions wait for it. */
export const SETTLED = 'region-settled';

/** The instance that watches a region of a target; made of the ids that its parent gives. */
export function watcherOf(publisher: string, region: string): string {
  return `${publisher}:region-${region}`;
}

type Progress = { readonly attempt: number; readonly regions: readonly RegionProgress[] };

/** Regions that have come to their end with a look, in this attempt. */
export function newlySettled(before: Progress, after: Progress): string[] {
  const known = before.attempt === after.attempt ? before.regions.filter(isFinal) : [];
  return after.regions
    .filter((one) => isFinal(one) && !known.some(({ region }) => region === one.region))
    .map(({ region }) => region);
}
