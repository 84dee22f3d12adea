// Histories that were recorded from a running host, replayed against the code of today.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { exportHistory, type Recording } from '../../../local/durable/export.ts';
import { checkReplay } from '../../../local/durable/replay-check.ts';
import { AppFunctionRunner } from '../../../local/functions-host/durable-functions.ts';
import { loadApp } from '../../../local/functions-host/load.ts';
import { APPS, client, finished, startHostProcess, temporaryDirectory } from './host-process.ts';

const recorded = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'histories/release.json'), 'utf8'),
) as Recording;
const runner = new AppFunctionRunner(await loadApp(path.join(APPS, 'changed'), () => undefined));

test('the code that made a history replays it', async () => {
  assert.deepEqual(await checkReplay(runner, 'release', recorded), { ok: true, turns: 4 });
  assert.deepEqual(await checkReplay(runner, 'release', recorded, { compareInputs: true }), {
    ok: true,
    turns: 4,
  });
});

const CHANGES: readonly (readonly [string, number, RegExp])[] = [
  [
    'renamedActivity',
    1,
    /task 0 is activity 'build' in the history, but the code scheduled activity 'compile'/,
  ],
  ['otherOrder', 2, /task 1 is activity 'test' in the history, but the code scheduled activity 'scan'/],
  ['extraStep', 2, /task 1 is activity 'test' in the history, but the code scheduled activity 'sign'/],
  ['extraBranch', 2, /the code scheduled task 3, activity 'sign', which the history has not/],
  ['fewerSteps', 2, /task 2 is activity 'scan' in the history, but the code scheduled nothing/],
  ['otherOutput', 4, /the history ended Completed with "1\.2\.3", but the code is Completed with "nothing"/],
];
for (const [orchestrator, turn, message] of CHANGES)
  test(`${orchestrator} is caught in turn ${turn}`, async () => {
    const verdict = await checkReplay(runner, orchestrator, recorded);
    assert.ok(!verdict.ok);
    assert.deepEqual([verdict.code, verdict.turn], ['KILN-STRICT-NONDETERMINISM', turn]);
    assert.match(verdict.message, message);
  });

test('a changed duration breaks no instance, and is found when inputs are compared', async () => {
  assert.equal((await checkReplay(runner, 'longerTimer', recorded)).ok, true);
  const verdict = await checkReplay(runner, 'longerTimer', recorded, { compareInputs: true });
  assert.ok(!verdict.ok);
  assert.equal(verdict.turn, 3);
});

test('an orchestrator that is gone is named', async () => {
  const verdict = await checkReplay(runner, 'removed', recorded);
  assert.ok(!verdict.ok);
  assert.equal(verdict.code, 'KILN-STRICT-UNKNOWN-FUNCTION');
});

test('a history is exported from a running host, and replays', async () => {
  const data = temporaryDirectory();
  const host = await startHostProcess(path.join(APPS, 'all'), data);
  await client(host, 'startNew', 'regions', { instanceId: 'exported', input: { names: ['a', 'bad'] } });
  await finished(host, 'exported');
  const recording = exportHistory(data, 'exported');
  assert.throws(() => exportHistory(data, 'nobody'), /There is no instance 'nobody'/);
  await host.end('SIGTERM');
  assert.equal(recording.orchestrator, 'regions');
  const own = new AppFunctionRunner(await loadApp(path.join(APPS, 'all'), () => undefined));
  const verdict = await checkReplay(own, recording.orchestrator, recording, { compareInputs: true });
  assert.equal(verdict.ok, true);
  const failure = exportHistory(data, 'exported-bad');
  assert.equal(failure.parentInstanceId, 'exported');
});
