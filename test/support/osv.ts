// A small archive of OSV, made here: records as OSV publishes them for each distribution.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { strToU8, zipSync } from 'fflate';

export type Event = { introduced: string } | { fixed: string } | { last_affected: string };

export function osvRecord(
  id: string,
  affected: { ecosystem: string; name: string; events?: Event[]; versions?: string[]; more?: object },
  more: object = {},
): { id: string } & Record<string, unknown> {
  const { ecosystem, name, events, versions, more: specific = {} } = affected;
  return {
    id,
    modified: '2026-11-20T10:00:00Z',
    published: '2026-11-01T10:00:00Z',
    affected: [
      {
        package: { ecosystem, name },
        ...(events && { ranges: [{ type: 'ECOSYSTEM', events }] }),
        ...(versions && { versions }),
        ...specific,
      },
    ],
    ...more,
  };
}

/** `<folder>/<archive>/all.zip`; answers the address of the folder. */
export function writeArchive(folder: string, archive: string, records: readonly { id: string }[]): string {
  const files = Object.fromEntries(records.map((one) => [`${one.id}.json`, strToU8(JSON.stringify(one))]));
  mkdirSync(path.join(folder, archive), { recursive: true });
  writeFileSync(path.join(folder, archive, 'all.zip'), zipSync(files));
  return pathToFileURL(folder).href;
}
