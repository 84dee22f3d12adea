import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Recording } from '../../local/durable/export.ts';
import { checkReplay } from '../../local/durable/replay-check.ts';
import { AppFunctionRunner } from '../../local/functions-host/durable-functions.ts';
import { loadApp } from '../../local/functions-host/load.ts';
import { ROOT } from '../support/local-kiln.ts';

const folder = path.join(import.meta.dirname, 'recorded');
const files = readdirSync(folder);
const runner = new AppFunctionRunner(await loadApp(ROOT, () => undefined));
/** Longer histories are slow to replay and near the limits of the backends. */
const MOST_EVENTS = 400;

for (const file of files) {
  const recording = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Recording;
  test(`the current code replays ${file.replace('.json', '')}, so that running builds survive a deployment`, async (t) => {
    t.diagnostic(`${recording.history.length} events`);
    const verdict = await checkReplay(runner, recording.orchestrator, recording);
    assert.equal(verdict.ok, true, JSON.stringify(verdict));
    assert.ok(recording.history.length < MOST_EVENTS);
  });
}

test('a history whose next step is another one is refused, so the replays above can fail', async () => {
  const file = files.find((name) => name.startsWith('build-image.happy')) ?? '';
  const text = readFileSync(path.join(folder, file), 'utf8').replaceAll(
    '"create-staging-group"',
    '"create-other-group"',
  );
  const recording = JSON.parse(text) as Recording;
  const verdict = await checkReplay(runner, recording.orchestrator, recording);
  assert.equal(verdict.ok, false);
});

test('every orchestrator of the app has a recorded history', async () => {
  const { ORCHESTRATORS } = await import(path.join(ROOT, 'dist/functions/orchestrators/register.js'));
  const recorded = new Set(files.map((file) => file.split('.')[0]));
  assert.deepEqual(
    Object.keys(ORCHESTRATORS).filter((name) => !recorded.has(name)),
    [],
  );
});
