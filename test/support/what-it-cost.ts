// What a build has cost the local cloud and the engine, without what depends on how often something was looked at.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { LocalKiln } from './local-kiln.ts';

type Line = {
  readonly operation: string;
  readonly request: { readonly method: string; readonly url: string };
};

/** Requests to ARM: all that change something, and of those that look the first of each address. Needs `record`. */
export function armRequests(kiln: LocalKiln, from = 0): { writes: number; reads: number; lines: number } {
  const lines = readFileSync(kiln.recordFile, 'utf8').trimEnd().split('\n');
  const requests = lines.slice(from).map((line) => (JSON.parse(line) as Line).request);
  const ofArm = requests.filter(({ url }) => url.startsWith('/subscriptions/'));
  const reads = ofArm.filter(({ method }) => method === 'GET');
  // An operation has an address of its own, and one that was over at once has none that was looked at.
  const lasting = reads.filter(({ url }) => !/\/operation/i.test(url));
  return {
    writes: ofArm.length - reads.length,
    reads: new Set(lasting.map(({ url }) => url)).size,
    lines: lines.length,
  };
}

/** Characters in the engine's tables of a run and its children: inputs, outputs, and histories of what does not go round. */
export function historyOf(kiln: LocalKiln, runId: string): { instances: number; characters: number } {
  const database = new DatabaseSync(path.join(kiln.folder, 'host', 'durable.db'), { readOnly: true });
  try {
    const own = `i.id LIKE '${runId}%'`;
    const ends = `i.name NOT IN ('wait-until', 'tend-version')`;
    const ask = (query: string): number => Number(database.prepare(query).get()?.['n'] ?? 0);
    const texts = "length(input) + length(coalesce(output, ''))";
    return {
      instances: ask(`SELECT count(*) AS n FROM instance i WHERE ${own}`),
      characters:
        ask(`SELECT sum(${texts}) AS n FROM instance i WHERE ${own}`) +
        ask(
          `SELECT sum(length(event)) AS n FROM history JOIN instance i ON i.id = instance WHERE ${own} AND ${ends}`,
        ),
    };
  } finally {
    database.close();
  }
}
