import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { exclusively } from '../../../local/machines/exclusive.ts';

const folder = mkdtempSync(join(tmpdir(), 'kiln-exclusive-'));
after(() => rmSync(folder, { recursive: true }));

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

test('the second one waits for the first, is told once that it waits, and runs even when the first failed', async () => {
  const file = join(folder, 'a.lock');
  const order: string[] = [];
  const gate = deferred();
  const first = exclusively(file, assert.fail, async () => {
    await gate.promise;
    order.push('first');
    throw new Error('the first failed');
  });
  const waits = deferred();
  const onWait = () => {
    order.push('waits');
    waits.resolve();
  };
  const second = exclusively(file, onWait, async () => order.push('second'));
  await waits.promise;
  gate.resolve();
  await assert.rejects(first, /the first failed/);
  await second;
  assert.deepEqual(order, ['waits', 'first', 'second']);
});
