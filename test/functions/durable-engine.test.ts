import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wakeWaiting } from '../../functions/durable-engine.ts';
import type { Orchestrations } from '../../shared/commands/context.ts';
import { runId } from '../../shared/template/convert.ts';

test('a run that cannot be woken keeps no other from its turn, and the loss is logged', async () => {
  const ids = ['1', '2', '3'].map((digit) => runId(`${digit.repeat(8)}-1111-4111-8111-111111111111`));
  const raised: string[] = [];
  const logged: string[] = [];
  const engine: Orchestrations = {
    start: () => Promise.resolve(),
    state: () => Promise.resolve('live'),
    raise: (instance) => {
      raised.push(instance);
      return instance.startsWith('2') ? Promise.reject(new Error('HTTP 500')) : Promise.resolve();
    },
    log: (line) => void logged.push(line),
  };
  await wakeWaiting(engine, ids);
  assert.equal(raised.length, 3);
  assert.equal(logged.length, 1);
  assert.match(logged[0] ?? '', /22222222-.*could not be woken: Error: HTTP 500/);
});
