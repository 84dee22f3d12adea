import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { withDeadline } from '../../../local/functions-host/deadline.ts';

test('a function may take longer than the longest delay of Node, and no longer than it is given', async () => {
  const month = 30 * 24 * 3_600_000;
  assert.equal(await withDeadline(sleep(30, 'done'), month, 'slow'), 'done');
  await assert.rejects(withDeadline(sleep(1000), 10, 'slow'), /exceeded by function: slow/);
});
