import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACTIVITIES } from '../../../functions/activities/all.ts';
import { repeatable } from '../../../functions/activities/repeatable.ts';
import { type Failure, isRetryable } from '../../../shared/errors/failure.ts';

const plan = { stagingGroup: 'IT_images_web_1' };
const notFound = (target: string): Failure => ({ code: 'AzureNotFound', message: 'not found', target });
const inGroup = (group: string): Failure =>
  notFound(`/subscriptions/s/resourceGroups/${group}/providers/Microsoft.Network/virtualNetworks/n`);

test('what this run has just made may be seen at the next attempt; what others made is not there', () => {
  assert.equal(isRetryable(repeatable('start-network', inGroup('it_IMAGES_web_1'), plan)), true);
  assert.equal(isRetryable(repeatable('start-network', inGroup('images'), plan)), false);
  assert.equal(isRetryable(repeatable('start-network', inGroup('IT_images_web_1'), undefined)), false);
});

test('a look that finds nothing looks again before it says that something is gone, and not for long', () => {
  for (const name of ['check-agent', 'check-command', 'check-operation', 'check-power-off']) {
    const failure = repeatable(name, { code: 'AzureNotFound', message: 'gone' }, plan);
    assert.equal(isRetryable(failure), true, name);
    assert.ok((failure.retryAfterMs ?? Infinity) * 8 < 120_000, name);
  }
});

test('clean-up does not wait for what is gone, and other failures keep their kind', () => {
  assert.equal(isRetryable(repeatable('start-cleanup', inGroup('IT_images_web_1'), plan)), false);
  const denied: Failure = { ...inGroup('IT_images_web_1'), code: 'AzureDenied' };
  assert.equal(isRetryable(repeatable('start-network', denied, plan)), false);
  assert.equal(
    isRetryable({ code: 'BrokenInvariant', message: 'x' }),
    false,
    'a defect is not tried for minutes',
  );
  assert.equal(isRetryable({ code: 'InternalError', message: 'x' }), true, 'what no code explains is');
});

test('no activity ends a build because others have changed the same document in between', () => {
  for (const code of ['Conflict', 'PreconditionFailed'] as const)
    for (const name of Object.keys(ACTIVITIES)) {
      const failure = repeatable(name, { code, message: 'The list changes too often.' }, plan);
      assert.equal(isRetryable(failure), true, `${name} ${code}`);
      assert.ok((failure.retryAfterMs ?? 0) >= 1000, 'and those who lost together do not meet again');
    }
});
