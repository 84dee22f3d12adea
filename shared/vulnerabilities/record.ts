import { isObject, type JsonObject } from '../template/schema/node.ts';
import type { Severity } from '../model/finding.ts';
import type { Advisory, AffectedRange } from './advisory.ts';
import { baseScore, ratingOf } from './cvss.ts';
import type { Release } from '../model/documents/vulnerabilities.ts';
import { isOf } from './ecosystem.ts';

const SUMMARY_LENGTH = 200;
const WORDS: Readonly<Record<string, Severity>> = {
  ...{
    critical: 'critical',
    high: 'high',
    important: 'high',
    medium: 'medium',
    moderate: 'medium',
    low: 'low',
  },
  ...{ negligible: 'negligible', unimportant: 'negligible', none: 'negligible' },
};

/**
 * What a record of OSV says of the packages of one release: https://ossf.github.io/osv-schema/. Nothing for a record that was
 * withdrawn, or is about something else.
 */
export function advisoriesOf(record: unknown, release: Release): Advisory[] {
  if (!isObject(record) || typeof record['id'] !== 'string' || record['withdrawn'] !== undefined) return [];
  const { id } = record;
  const aliases = [...texts(record['aliases']), ...texts(record['upstream'])];
  const summary =
    typeof record['summary'] === 'string' ? record['summary'].slice(0, SUMMARY_LENGTH) : undefined;
  return objects(record['affected']).flatMap((affected) => {
    const { ecosystem, name } = isObject(affected['package']) ? affected['package'] : {};
    if (typeof ecosystem !== 'string' || typeof name !== 'string' || !isOf(release, ecosystem)) return [];
    const versions = texts(affected['versions']);
    const ranges = objects(affected['ranges']).flatMap(rangesOf);
    return [
      {
        id,
        aliases: [...new Set(aliases)],
        package: name,
        severity: severityOf(record, affected),
        ...(summary !== undefined && { summary }),
        ranges,
        // Where there are ranges they say it all: the list is of versions that were seen so far.
        ...(ranges.length === 0 && versions.length > 0 && { versions }),
      },
    ];
  });
}

/** Events in the order of the record, which is that of time: each `introduced` begins a range. */
function rangesOf(range: JsonObject): AffectedRange[] {
  if (range['type'] !== 'ECOSYSTEM') return [];
  const ranges: AffectedRange[] = [];
  for (const { introduced, fixed, last_affected: last } of objects(range['events'])) {
    const open = ranges.at(-1);
    if (typeof introduced === 'string') ranges.push({ introduced });
    else if (open === undefined) continue;
    else if (typeof fixed === 'string') ranges.splice(-1, 1, { ...open, fixed });
    else if (typeof last === 'string') ranges.splice(-1, 1, { ...open, last });
  }
  return ranges;
}

/** A word of the distribution for its own package first, then scores. */
function severityOf(record: JsonObject, affected: JsonObject): Severity {
  const own = [affected, record].flatMap((place) =>
    ['ecosystem_specific', 'database_specific'].flatMap((part) => {
      const fields = isObject(place[part]) ? place[part] : {};
      return [fields['severity'], fields['urgency']];
    }),
  );
  const scores = [...objects(affected['severity']), ...objects(record['severity'])].map(({ score }) => score);
  const rated = scores.flatMap((score) => (typeof score === 'string' ? (baseScore(score) ?? []) : []));
  const words = [...own, ...scores].flatMap((word) =>
    typeof word === 'string' ? (WORDS[word.toLowerCase()] ?? []) : [],
  );
  return words[0] ?? (rated.length > 0 ? ratingOf(Math.max(...rated)) : 'unknown');
}

function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
