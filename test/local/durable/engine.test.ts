// The Durable engine behind the real DurableClient, in a real host process.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import {
  APPS,
  client,
  finished,
  run,
  startHostProcess,
  status,
  temporaryDirectory,
  until,
  webhook,
  type HostProcess,
  type Status,
} from './host-process.ts';

let host: HostProcess;
before(async () => {
  host = await startHostProcess(path.join(APPS, 'all'), temporaryDirectory());
});
after(() => host.end('SIGTERM'));

test('a fan-out returns every value as it was given', async () => {
  const input = [1, 'text', '"quoted"', { a: [1, null] }, null, true, 'ä€'];
  const { runtimeStatus, output } = await run(host, 'echoAll', input);
  assert.deepEqual([runtimeStatus, output], ['Completed', input]);
});

test('at most maxConcurrentActivityFunctions activities run at a time', async () => {
  const { output } = await run(host, 'gauges');
  assert.equal(output, 4);
});

test('a chain of activities is quick, also when its history grows', async (t) => {
  const began = performance.now();
  const { output } = await run(host, 'chain', 100);
  const each = (performance.now() - began) / 100;
  t.diagnostic(`${each.toFixed(2)} ms per activity in a chain of 100`);
  assert.equal(output, 100);
  // Generous: many at once share the machine in CI.
  assert.ok(each < 300, `${each} ms`);
});

test('a timer fires soon after its due time and never before', async (t) => {
  const { output } = await run(host, 'sleep', 150);
  t.diagnostic(`${String(output)} ms late`);
  assert.ok(Number(output) >= 0 && Number(output) < 2000, `${String(output)} ms late`);
});

test('an external event completes the wait and the custom status is seen before', async () => {
  await client(host, 'startNew', 'approval', { instanceId: 'approval' });
  const waiting = await until('the custom status', async () => {
    const now = await status(host, 'approval');
    return now.customStatus === null ? undefined : now;
  });
  assert.deepEqual([waiting.runtimeStatus, waiting.customStatus], ['Running', { waiting: 'approval' }]);
  await client(host, 'raiseEvent', 'approval', 'approved', { by: 'me' });
  const done = await finished(host, 'approval');
  assert.deepEqual([done.output, done.customStatus], [{ by: 'me' }, { waiting: 'nothing' }]);
});

test('events that come before anybody waits are kept in order', async () => {
  await client(host, 'startNew', 'collect', { instanceId: 'collect', input: 4 });
  for (const value of [1, 2, 3, 4]) await client(host, 'raiseEvent', 'collect', 'item', value);
  assert.deepEqual((await finished(host, 'collect')).output, [1, 2, 3, 4]);
});

test('events survive continue-as-new', async () => {
  await client(host, 'startNew', 'countDown', { instanceId: 'countDown', input: { left: 3, seen: [] } });
  for (const value of ['a', 'b', 'c']) await client(host, 'raiseEvent', 'countDown', 'item', value);
  assert.deepEqual((await finished(host, 'countDown')).output, ['a', 'b', 'c']);
});

test('retries follow the retry policy, and the last failure reaches the caller', async () => {
  const good = await run(host, 'retry', { key: 'good', failures: 2, max: 3 }, 'retry-good');
  assert.equal(good.output, 3);
  const bad = await run(host, 'retry', { key: 'bad', failures: 9, max: 2 }, 'retry-bad');
  assert.equal(bad.runtimeStatus, 'Failed');
  assert.match(String(bad.output), /Activity function 'flaky' failed: attempt 2/);
});

test('sub-orchestrations report what they return and what they throw', async () => {
  const { output } = await run(host, 'regions', { names: ['east', 'bad-west'] });
  assert.deepEqual(output, [
    { ok: true, value: 'east' },
    { ok: false, error: "Activity function 'broken' failed: broken bad-west " },
  ]);
  assert.equal((await status(host, 'regions-east')).runtimeStatus, 'Completed');
  const parent = await run(host, 'parentOfFailure');
  assert.match(String(parent.output), /Orchestrator function 'throws' failed: on purpose/);
});

test('a failed Task.all waits for its siblings before finally runs', async () => {
  const { runtimeStatus, output } = await run(host, 'cleanup');
  assert.equal(runtimeStatus, 'Failed');
  assert.match(String(output), /broken fast/);
});

test('an id that is alive is refused with 409, a finished one is replaced', async () => {
  await client(host, 'startNew', 'collect', { instanceId: 'twice', input: 1 });
  await assert.rejects(client(host, 'startNew', 'collect', { instanceId: 'twice', input: 1 }), /409/);
  await client(host, 'raiseEvent', 'twice', 'item', 'first');
  assert.deepEqual((await finished(host, 'twice')).output, ['first']);
  assert.deepEqual((await run(host, 'echoAll', ['second'], 'twice')).output, ['second']);
});

test('two starts of the same id at once give one instance', async () => {
  const start = (): Promise<unknown> => client(host, 'startNew', 'collect', { instanceId: 'race', input: 1 });
  const results = await Promise.allSettled([start(), start(), start()]);
  assert.equal(results.filter((each) => each.status === 'fulfilled').length, 1);
});

test('an unknown orchestrator is refused with 400', async () => {
  await assert.rejects(client(host, 'startNew', 'nobody', {}), /400.*doesn't exist/);
});

test('terminate ends the instance at once with its reason', async () => {
  await client(host, 'startNew', 'collect', { instanceId: 'ended', input: 1 });
  await client(host, 'terminate', 'ended', 'enough');
  const { runtimeStatus, output } = await finished(host, 'ended');
  assert.deepEqual([runtimeStatus, output], ['Terminated', 'enough']);
  await client(host, 'raiseEvent', 'ended', 'item', 1);
});

test('a suspended instance keeps its events until it is resumed', async () => {
  await client(host, 'startNew', 'collect', { instanceId: 'paused', input: 1 });
  await client(host, 'suspend', 'paused', 'wait');
  await until('the suspension', async () => (await status(host, 'paused')).runtimeStatus === 'Suspended');
  await client(host, 'raiseEvent', 'paused', 'item', 'late');
  // Another instance's whole life passes: the suspended one had its chance to run.
  await run(host, 'echoAll', [1], 'meanwhile');
  assert.equal((await status(host, 'paused')).runtimeStatus, 'Suspended');
  await client(host, 'resume', 'paused', 'go');
  assert.deepEqual((await finished(host, 'paused')).output, ['late']);
});

test('purge forgets one instance, or those that a filter names', async () => {
  await run(host, 'echoAll', [1], 'purged');
  assert.deepEqual(await client(host, 'purgeInstanceHistory', 'purged'), { instancesDeleted: 1 });
  await assert.rejects(status(host, 'purged'), /404/);
  assert.deepEqual(await client(host, 'purgeInstanceHistory', 'purged'), { instancesDeleted: 0 });
  await run(host, 'throws', undefined, 'purged-by-filter');
  const filter = { createdTimeFrom: '2020-01-01T00:00:00Z', runtimeStatus: ['Failed'] };
  const { instancesDeleted } = (await client(host, 'purgeInstanceHistoryBy', filter)) as {
    instancesDeleted: number;
  };
  assert.ok(instancesDeleted >= 1);
  await assert.rejects(status(host, 'purged-by-filter'), /404/);
});

test('restart runs the same input under a new id', async () => {
  await run(host, 'echoAll', ['again'], 'original');
  const response = await webhook(host, 'instances/original/restart', { method: 'POST' });
  const { id } = (await response.json()) as { id: string };
  assert.notEqual(id, 'original');
  assert.deepEqual((await finished(host, id)).output, ['again']);
});

test('instances are listed page by page and by status', async () => {
  const all = (await client(host, 'getStatusAll')) as Status[];
  assert.ok(all.some(({ instanceId }) => instanceId === 'echoAll'));
  const page = await webhook(host, 'instances?top=2');
  assert.equal(((await page.json()) as Status[]).length, 2);
  assert.ok(page.headers.get('x-ms-continuation-token'));
  const terminated = (await client(host, 'getStatusBy', { runtimeStatus: ['Terminated'] })) as Status[];
  assert.deepEqual([...new Set(terminated.map((each) => each.runtimeStatus))], ['Terminated']);
});

test('more instances than fit a page are all listed', async () => {
  await Promise.all(Array.from({ length: 105 }, (_, index) => run(host, 'echoAll', [], `many-${index}`)));
  const all = (await client(host, 'getStatusAll')) as Status[];
  assert.equal(new Set(all.map(({ instanceId }) => instanceId)).size, all.length);
  assert.equal(all.filter(({ instanceId }) => instanceId.startsWith('many-')).length, 105);
});

test('the status tells about the history when asked', async () => {
  await run(host, 'echoAll', ['x'], 'with-history');
  const answer = await webhook(host, 'instances/with-history?showHistory=true&showHistoryOutput=true');
  const { historyEvents } = (await answer.json()) as { historyEvents: { EventType: string }[] };
  assert.deepEqual(
    historyEvents.map(({ EventType }) => EventType),
    ['ExecutionStarted', 'TaskScheduled', 'TaskCompleted', 'ExecutionCompleted'],
  );
});

test('the check-status response points to this host', async () => {
  await run(host, 'echoAll', [], 'checked');
  const response = await fetch(`${host.url}/check/checked`);
  assert.equal(response.status, 202);
  const links = (await response.json()) as { statusQueryGetUri: string };
  assert.equal(new URL(links.statusQueryGetUri).origin, host.url);
  assert.equal((await fetch(links.statusQueryGetUri)).status, 200);
});

test('an event must be JSON, and an entity is refused by name', async () => {
  await client(host, 'startNew', 'collect', { instanceId: 'strict-json', input: 1 });
  const plain = await webhook(host, 'instances/strict-json/raiseEvent/item', { method: 'POST', body: 'x' });
  assert.equal(plain.status, 400);
  const entity = await webhook(host, 'entities/counter/one');
  assert.equal(entity.status, 501);
  assert.match(await entity.text(), /KILN-HOST-NO-ENTITIES/);
  assert.equal((await webhook(host, 'instances/nobody')).status, 404);
});

test('an event for an instance that has ended is gone, and forgetting many needs a time from which on', async () => {
  await run(host, 'echoAll', ['x'], 'ended');
  const headers = { 'content-type': 'application/json' };
  const raised = await webhook(host, 'instances/ended/raiseEvent/go', { method: 'POST', headers, body: '1' });
  assert.equal(raised.status, 410);
  const purged = await webhook(host, 'instances', { method: 'DELETE' });
  assert.equal(purged.status, 400);
  assert.equal((await status(host, 'ended')).runtimeStatus, 'Completed');
});
