import type { DatabaseInfo } from '../model/documents/vulnerabilities.ts';

/** Advisories of one release of a distribution each, a line for each package that one is about. */
export type AdvisoryIndex = {
  /** Undefined: never fetched. */
  describe(ecosystem: string): Promise<DatabaseInfo | undefined>;
  /** Empty when it was never fetched. */
  lines(ecosystem: string): AsyncIterable<string>;
  /** Takes the place of the former one at once, when all lines have come. */
  write(
    ecosystem: string,
    lines: AsyncIterable<string>,
    describe: () => Omit<DatabaseInfo, 'ecosystem'>,
  ): Promise<void>;
};
