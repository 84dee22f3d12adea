import type { IndexedImage, PackageHit } from '../model/documents/package-index.ts';
import { isInRange, type VersionRange } from './version-range.ts';

export type FoundPackage = {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly source?: string;
};
export type FoundImage = IndexedImage & { readonly packages: readonly FoundPackage[] };

/** Images with a package in the range, by template, the newest first. */
export function inRange(hits: readonly PackageHit[], range: VersionRange): FoundImage[] {
  return hits
    .flatMap(({ image, packages }) => {
      const wanted = packages.filter(([type, , version]) => isInRange(range, type, version));
      if (wanted.length === 0) return [];
      const found = wanted.map(([type, name, version, source]) => {
        return { type, name, version, ...(source !== undefined && { source }) };
      });
      return [{ ...image, packages: found }];
    })
    .sort((a, b) => compare(a.ref.name, b.ref.name) || compare(b.at, a.at) || compare(a.runId, b.runId));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
