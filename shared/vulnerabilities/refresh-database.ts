import { KilnError } from '../errors/failure.ts';
import type { AdvisoryIndex } from '../ports/advisory-index.ts';
import type { OsvSource } from '../ports/osv-source.ts';
import { isObject } from '../template/schema/node.ts';
import { lineOf } from './advisory.ts';
import type { Release } from '../model/documents/vulnerabilities.ts';
import { advisoriesOf } from './record.ts';

export type DatabaseContext = {
  readonly index: AdvisoryIndex;
  readonly source: OsvSource;
  readonly now: () => Date;
};

/** Fetches an archive once and writes the index of each of its releases that somebody needs. Throws `DatabaseNotFetched`. */
export async function refreshDatabase(
  { index, source, now }: DatabaseContext,
  archive: string,
  releases: readonly Release[],
): Promise<void> {
  await using opened = await source.open(archive);
  for (const release of releases) {
    const seen = { advisories: 0, newest: '', records: 0 };
    await index.write(release.name, linesOf(opened.records(), release, seen), () => {
      // The former index stays: an archive without a record is a broken one.
      if (seen.records === 0) throw broken(archive, source.from);
      const { advisories, newest } = seen;
      return { fetchedAt: now().toISOString(), newest, advisories, from: source.from };
    });
  }
}

async function* linesOf(
  records: AsyncIterable<unknown>,
  release: Release,
  seen: { advisories: number; newest: string; records: number },
): AsyncIterable<string> {
  for await (const record of records) {
    seen.records += 1;
    const advisories = advisoriesOf(record, release);
    seen.advisories += advisories.length;
    const modified = isObject(record) && typeof record['modified'] === 'string' ? record['modified'] : '';
    if (modified > seen.newest) seen.newest = modified;
    for (const advisory of advisories) yield lineOf(advisory);
  }
}

function broken(archive: string, from: string): KilnError {
  const message = `The archive of ${archive} from ${from} has no record in it.`;
  return new KilnError({ code: 'DatabaseNotFetched', message });
}
