import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wakeWaiting } from '../../functions/durable-engine.ts';
import { runId } from '../../shared/model/convert.ts';
import { REF } from '../support/sample-templates.ts';
import { FakeEngine } from '../support/api.ts';

test('a run that cannot be woken keeps no other from its turn, and the loss is logged', async () => {
  const waiting = ['1', '2', '3'].map((digit) => ({
    runId: runId(`${digit.repeat(8)}-1111-4111-8111-111111111111`),
    ref: REF,
    priority: 0,
    since: '2026-11-29T12:00:00.000Z',
  }));
  const raised: string[] = [];
  const logged: string[] = [];
  class Deaf extends FakeEngine {
    override raise(instance: string): Promise<void> {
      raised.push(instance);
      return instance.startsWith('2') ? Promise.reject(new Error('HTTP 500')) : Promise.resolve();
    }

    log(line: string): void {
      logged.push(line);
    }
  }
  await wakeWaiting(new Deaf(), waiting);
  assert.equal(raised.length, 3);
  assert.equal(logged.length, 1);
  assert.match(logged[0] ?? '', /22222222-.*could not be woken: Error: HTTP 500/);
});
