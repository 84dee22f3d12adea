import type { RegionResult } from '../../cli/api/types.ts';
import type { RunWithSpans } from './model.ts';

/** A gallery version that a run has made, with what became of it in each region. */
export type Version = {
  readonly key: string;
  readonly run: string;
  readonly output: string;
  readonly version: string;
  readonly at: string;
  readonly regions: ReadonlyMap<string, RegionResult>;
};

/** Versions of these runs, newest first, and every region that any of them has. */
export function versionsOf(runs: readonly RunWithSpans[]): { versions: Version[]; regions: string[] } {
  const versions = runs.flatMap(({ id, endTime, startTime, outputs }) =>
    outputs
      .filter(({ type, regions }) => type === 'SharedImage' && regions.length > 0)
      .map(({ name, artifactId, regions }): Version => ({
        key: `${id}/${name}`,
        run: id,
        output: name,
        version: artifactId?.split('/').at(-1) ?? '–',
        at: endTime ?? startTime,
        regions: new Map(regions.map((result) => [result.region, result])),
      })),
  );
  const regions = [...new Set(versions.flatMap((version) => [...version.regions.keys()]))].toSorted();
  return { versions, regions };
}
