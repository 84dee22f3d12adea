// A thousand builds that Azure refuses at the same moment: its recorded buckets, and the pauses of Kiln's calls.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { repeatable } from '../../../functions/activities/repeatable.ts';
import { PATIENT } from '../../../functions/orchestrators/durable.convert.ts';
import { Buckets } from '../../../local/azure/profile/buckets.ts';
import { RECORDED_BUCKETS } from '../../../local/azure/profile/recorded-buckets.ts';
import type { Failure } from '../../../shared/errors/failure.ts';
import { pauseBeforeRetry } from '../../../shared/model/time.ts';

const BUILDS = 1000;
const VERSION =
  '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/a/images/b/versions/1.0.0';
const write = { operation: 'GalleryImageVersions_CreateOrUpdate', method: 'PUT', path: VERSION };

type Caller = { readonly attempts: number; readonly at: number };

/** Lets a thousand calls come at once, and each of those that are refused again after its pause. Answers how each ended. */
function play(failureOf: (wait: number) => Failure): Caller[] {
  const buckets = new Buckets({ buckets: RECORDED_BUCKETS, timeCompression: 1 });
  const ended: Caller[] = [];
  let waiting: Caller[] = Array.from({ length: BUILDS }, () => ({ attempts: 1, at: 0 }));
  while (waiting.length > 0) {
    const [caller, ...others] = waiting.toSorted((a, b) => a.at - b.at);
    if (caller === undefined) break;
    waiting = others;
    const budget = buckets.take(write, caller.at);
    if ('left' in budget || caller.attempts === PATIENT) ended.push(caller);
    else {
      // As the header says it: whole seconds.
      const failure = failureOf(Math.ceil(budget.wait / 1000) * 1000);
      const pause = pauseBeforeRetry(caller.attempts, failure);
      waiting.push({ attempts: caller.attempts + 1, at: caller.at + pause });
    }
  }
  return ended;
}

const refusal = (retryAfterMs: number): Failure => ({
  code: 'AzureThrottled',
  message: 'Too many.',
  retryAfterMs,
});

test('builds that are refused together come back apart, so that all get through in a few attempts', (t) => {
  const ended = play((wait) => repeatable('write-version', refusal(wait), undefined));
  const most = Math.max(...ended.map(({ attempts }) => attempts));
  const asked = ended.reduce((sum, { attempts }) => sum + attempts, 0);
  const minutes = Math.max(...ended.map(({ at }) => at)) / 60_000;
  t.diagnostic(`at most ${most} attempts, ${asked} requests, ${minutes.toFixed(1)} minutes`);
  assert.ok(most < PATIENT / 2, `${most} attempts`);
  assert.ok(asked < BUILDS * 8, `${asked} requests`);
  // 375 at once, then two a second: the others need five minutes at least.
  assert.ok(minutes < 20, `${minutes} minutes`);
});

test('with the wait that Azure asks of each alone they would spend all their attempts on one another', () => {
  const ended = play(refusal);
  assert.ok(ended.some(({ attempts }) => attempts === PATIENT));
});
