import { TestRunner } from '../support/orchestrations/runner.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Recording } from '../../local/durable/export.ts';
import { checkReplay } from '../../local/durable/replay-check.ts';
import { call, inputOf } from '../../functions/orchestrators/durable.convert.ts';
import { ORCHESTRATORS } from '../../functions/orchestrators/register.ts';
import type { Orchestrator } from '../support/orchestrations/types.ts';
import { record, recordable } from './recording.ts';
import { SCENES } from './scenes.ts';

const NAMES = recordable([]);
const once = new Map<string, string>();
for (const name of NAMES) once.set(name, await record(name));

test('every orchestrator of the app is recorded for a release', () => {
  assert.deepEqual(Object.keys(SCENES).toSorted(), Object.keys(ORCHESTRATORS).toSorted());
});

for (const name of NAMES) {
  test(`a second recording of ${name} gives the same bytes`, async () => {
    assert.equal(await record(name), once.get(name));
  });

  test(`the code that ${name} was recorded with replays it, and short enough it is`, async () => {
    const runner = new TestRunner({}, [], () => Promise.reject(new Error('A replay calls nothing.')));
    const recordings = Object.values(JSON.parse(once.get(name) ?? '') as Record<string, Recording>);
    for (const recording of recordings) {
      const verdict = await checkReplay(runner, name, recording, { compareInputs: true });
      assert.deepEqual({ ...verdict, turns: 0 }, { ok: true, turns: 0 });
      assert.ok(recording.history.length < 400);
    }
  });
}

test('a change of one orchestrator changes its file and no other', async () => {
  const changed: Orchestrator = function* (context) {
    yield* call(context.df, 'check-slot', { run: inputOf<{ plan: { run: never } }>(context.df).plan.run });
    return yield* ORCHESTRATORS['copy-vhd'](context);
  };
  const different: string[] = [];
  for (const name of NAMES)
    if ((await record(name, { 'copy-vhd': changed })) !== once.get(name)) different.push(name);
  assert.deepEqual(different, ['copy-vhd']);
});

test('a name that is no orchestrator is refused with those that are', () => {
  assert.throws(
    () => recordable(['build-imgae']),
    /'build-imgae' is no orchestrator\. They are: build-image, /,
  );
  assert.deepEqual(recordable(['copy-vhd']), ['copy-vhd']);
});
