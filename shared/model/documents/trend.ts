import type { RunId } from '../template.ts';
import type { Timestamp } from '../timestamp.ts';

/** `trends.json` of a template: how its last builds went, the newest last. */
export type TrendBook = { readonly schema: 1; readonly runs: readonly TrendRun[] };

/** One build that gave an image, in numbers. */
export type TrendRun = {
  readonly runId: RunId;
  readonly at: Timestamp;
  readonly versions: readonly string[];
  /** Of the whole run, by phase, and by `<phase> > <step>`. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly packages?: number;
  /** Of the file system of the operating system. */
  readonly usedBytes?: number;
  /** The quickest boot of a version in a region. */
  readonly bootSeconds?: number;
};

/** More than a year of weekly builds; a book of a template with 30 steps is then about 100 KB. */
export const MOST_RUNS = 60;
