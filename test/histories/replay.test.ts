import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Recording } from '../../local/durable/export.ts';
import { checkReplay } from '../../local/durable/replay-check.ts';
import { AppFunctionRunner } from '../../local/functions-host/durable-functions.ts';
import { loadApp } from '../../local/functions-host/load.ts';
import { ROOT } from '../support/local-kiln.ts';

// Builds that are under way at an upgrade are of the last release: their histories, as it has recorded them.
const releases = readdirSync(path.join(import.meta.dirname, 'recorded')).toSorted((one, other) =>
  one.localeCompare(other, 'en', { numeric: true }),
);
const release = releases.at(-1) ?? '';
const folder = path.join(import.meta.dirname, 'recorded', release);
const runner = new AppFunctionRunner(await loadApp(ROOT, () => undefined));
/** Longer histories are slow to replay and near the limits of the backends. */
const MOST_EVENTS = 400;

/** The recordings of a file by their names. 0.1.0 has one a file, by the name of the file. */
function recordingsIn(text: string, file: string): [name: string, Recording][] {
  const content = JSON.parse(text) as Recording | Record<string, Recording>;
  if ('history' in content) return [[file, content as Recording]];
  return Object.entries(content).map(([scene, recording]) => [`${file}, ${scene}`, recording]);
}

const read = (file: string): string => readFileSync(path.join(folder, file), 'utf8');
const files = readdirSync(folder);

for (const file of files)
  for (const [name, recording] of recordingsIn(read(file), file.replace('.json', '')))
    test(`the current code replays ${name} of ${release}, so that running builds survive a deployment`, async (t) => {
      t.diagnostic(`${recording.history.length} events`);
      const verdict = await checkReplay(runner, recording.orchestrator, recording);
      assert.equal(verdict.ok, true, JSON.stringify(verdict));
      assert.ok(recording.history.length < MOST_EVENTS);
    });

test('a history whose next step is another one is refused, so the replays above can fail', async () => {
  const file = files.find((name) => name.startsWith('build-image')) ?? '';
  const other = read(file).replaceAll('"create-staging-group"', '"create-other-group"');
  const [[, recording] = assert.fail()] = recordingsIn(other, file);
  const verdict = await checkReplay(runner, recording.orchestrator, recording);
  assert.equal(verdict.ok, false);
});
