// What `cancel` and `delete` say is what has happened.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withKiln, type Bench } from './command.ts';
import { endless, succeeding, tooLate } from './scripts.ts';
import { RUN_ID, type Script } from './stand-in.ts';

function withRun(script: Script, check: (bench: Bench) => Promise<void>): Promise<void> {
  return withKiln(script, async (bench) => {
    bench.server.withRuns();
    await check(bench);
  });
}

test('cancel asks once; --wait polls to the end and names the run', async () => {
  await withRun(endless, async ({ kiln, server }) => {
    const { code, stdout } = await kiln(['cancel', 'web', '--wait']);
    assert.equal(code, 0);
    assert.equal(stdout, `Run web/${RUN_ID} is canceled.\n`);
    assert.equal(server.paths('GET').filter((seen) => seen.includes('/operations/')).length, 3);
  });
});

test('cancel says that nothing was running, also as JSON', async () => {
  await withKiln(succeeding, async ({ kiln }) => {
    const { code, stdout } = await kiln(['cancel', 'web']);
    assert.equal(stdout, 'No run of web is active; there was nothing to cancel.\n');
    assert.equal(code, 0);
    const json = JSON.parse((await kiln(['cancel', 'web', '--wait', '--json'])).stdout);
    assert.equal(json.canceling, false);
  });
});

test('a cancel that came too late tells how the run ended, and does not end with 0', async () => {
  for (const json of [false, true])
    await withRun(tooLate, async ({ kiln }) => {
      const { code, stdout } = await kiln(['cancel', 'web', '--wait', ...(json ? ['--json'] : [])]);
      assert.equal(code, 1);
      if (json) assert.equal(JSON.parse(stdout).state, 'Succeeded');
      else assert.equal(stdout, `Run web/${RUN_ID} was not canceled: it ended Succeeded.\n`);
    });
});

test('a template that is not there is not deleted, and nothing is sent', async () => {
  await withKiln(succeeding, async ({ kiln, server }) => {
    const { code, stdout, stderr } = await kiln(['delete', 'nosuch', '--json']);
    assert.equal(code, 2);
    assert.match(stderr, /There is no template nosuch in images; nothing was deleted\.\nremedy/);
    assert.doesNotMatch(stdout, /"deleted"/);
    assert.deepEqual(server.paths('DELETE'), []);
    assert.equal((await kiln(['cancel', 'nosuch'])).code, 2);
  });
});

test('delete without a terminal asks nobody and says what went', async () => {
  await withRun(succeeding, async ({ kiln, server }) => {
    const { code, stdout } = await kiln(['delete', 'web']);
    assert.equal(code, 0);
    assert.match(stdout, /^web is deleted, with 1 run and their logs\. Distributed images stay\.\n$/);
    assert.equal(server.paths('DELETE').length, 1);
  });
});
