// M9: logs and runs that made nothing go after the days that a deployment keeps them.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { forgetOld } from '../../shared/janitor/forget.ts';
import { USUAL_RETENTION } from '../../shared/janitor/retention.ts';
import type { Run } from '../../shared/model/documents/documents.ts';
import { runId } from '../../shared/model/convert.ts';
import { timestamp } from '../../shared/model/time.ts';
import type { RunId } from '../../shared/model/template.ts';
import { Api, type Issuer, startIssuer, SUBSCRIPTION } from '../support/api.ts';
import { type Azurite, startAzurite } from '../support/azurite.ts';

const DAY = 24 * 3_600_000;
const ref = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name: 'web' };

let azurite: Azurite;
let issuer: Issuer;
let api: Api;
before(async () => {
  [azurite, issuer] = await Promise.all([startAzurite(), startIssuer()]);
});
after(async () => {
  issuer.stop();
  await azurite.stop();
});
beforeEach(async () => {
  api = await Api.start(issuer, azurite);
  await api.submitted();
});

/** A run that began so many days from now, and its log. */
async function aRun(day: number, more: Partial<Run> = {}): Promise<RunId> {
  const at = timestamp(new Date(Date.now() + day * DAY));
  const over = { state: 'Failed', startTime: at, endTime: at, cleanup: 'done', outputs: [], attempt: 0 };
  const run = { schema: 1, id: runId(crypto.randomUUID()), ref, revision: 1, message: '', ...over, ...more };
  await api.store.runs.create(run as unknown as Run);
  await api.store.logs.append(ref, run.id, '01-step.out', Buffer.from('said'));
  return run.id;
}

const forgotten = (retention: object) => forgetOld(api.commands, { ...USUAL_RETENTION, ...retention });
const isThere = async (id: RunId) => (await api.store.runs.get(ref, id)) !== undefined;
const hasLog = async (id: RunId) => (await api.store.logs.list(ref, id)).length > 0;

test('a run that made nothing goes with all that is kept of it, and one that made an image stays', async () => {
  const failed = await aRun(0);
  const made = await aRun(0, { state: 'Succeeded', outputs: [{ name: 'image' } as never] });
  const unclean = await aRun(0, { cleanup: 'deferred', stagingGroup: 'IT_x' });
  const atWork = await aRun(0, { endTime: undefined as never });
  const young = await aRun(50);
  const newest = await aRun(0);
  await api.store.templates.update(ref, (head) => ({ ...head, lastRun: { id: newest } as never }));
  api.later = 60 * DAY;
  assert.deepEqual(await forgotten({}), {}, 'for ever, unless somebody says otherwise');
  assert.deepEqual(await forgotten({ runs: 30 }), { runs: 1 });
  assert.equal(await isThere(failed), false);
  assert.equal(await hasLog(failed), false);
  for (const id of [made, unclean, atWork, young, newest]) assert.equal(await isThere(id), true);
  const listed = await api.store.runs.page(ref, { limit: 50 });
  assert.equal(listed.runs.length, 5);
});

test('logs go by themselves, and the run that they were of stays', async () => {
  const [old, young] = [await aRun(0), await aRun(50)];
  api.later = 60 * DAY;
  assert.deepEqual(await forgotten({ logs: 30 }), { logs: 1 });
  assert.deepEqual([await isThere(old), await hasLog(old)], [true, false]);
  assert.equal(await hasLog(young), true);
  api.later = 61.5 * DAY;
  assert.deepEqual(await forgotten({ logs: 30 }), {}, 'what is gone is not counted again');
});

test('it is looked for once a day', async () => {
  api.later = 60 * DAY;
  await forgotten({ logs: 30 });
  await aRun(0);
  api.later = 60.5 * DAY;
  assert.deepEqual(await forgotten({ logs: 30 }), {});
  api.later = 61.5 * DAY;
  assert.deepEqual(await forgotten({ logs: 30 }), { logs: 1 });
});
