// The death of the worker, as the Durable extension takes it, and the way back.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
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
} from './host-process.ts';

let host: HostProcess;
before(async () => {
  host = await startHostProcess(path.join(APPS, 'all'), temporaryDirectory());
});
after(() => host.end('SIGTERM'));

/** Milliseconds. The worker dies while somebody sleeps, and is not up when that ends, however late it dies on a busy machine. */
const ASLEEP = 2000;
const DOWN = 3000;

async function killWorker(down: number): Promise<void> {
  const headers = { 'x-functions-key': host.keys.master };
  const { status } = await fetch(`${host.url}/admin/local/worker-death?down=${down}`, {
    method: 'POST',
    headers,
  });
  assert.equal(status, 202);
}
const rewind = async (id: string): Promise<number> =>
  (await webhook(host, `instances/${id}/rewind?reason=test`, { method: 'POST' })).status;

test('a turn that comes while no worker is up fails its instance, which goes on when it is rewound', async () => {
  await client(host, 'startNew', 'approval', { instanceId: 'killed' });
  await until('the wait', async () => (await status(host, 'killed')).customStatus);
  await killWorker(300);
  await webhook(host, 'instances/killed/raiseEvent/approved', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"by":"me"}',
  });
  const failed = await finished(host, 'killed');
  assert.equal(failed.runtimeStatus, 'Failed');
  await sleep(300);
  assert.equal(await rewind('killed'), 202);
  const done = await until('the end', async () => {
    const now = await status(host, 'killed');
    return now.runtimeStatus === 'Completed' ? now : undefined;
  });
  assert.deepEqual(done.output, { by: 'me' });
});

test('an instance that had scheduled something fails as one whose code has changed', async () => {
  await client(host, 'startNew', 'sleep', { instanceId: 'asleep', input: ASLEEP });
  await until('its sleep', async () => (await status(host, 'asleep')).runtimeStatus === 'Running');
  await killWorker(DOWN);
  const { runtimeStatus, output } = await finished(host, 'asleep');
  assert.equal(runtimeStatus, 'Failed');
  assert.match(
    String(output),
    /Non-Deterministic workflow detected: A previous execution of this orchestration scheduled a timer task with sequence ID 0/,
  );
  await sleep(DOWN);
});

test('a parent that failed for its child is rewound with the child, and both complete', async () => {
  await client(host, 'startNew', 'parentOfSleep', { instanceId: 'parent', input: ASLEEP });
  await sleep(ASLEEP / 4);
  await killWorker(DOWN);
  await until('the failure', async () => (await status(host, 'parent')).runtimeStatus === 'Failed');
  await sleep(DOWN);
  assert.equal(await rewind('parent'), 202);
  await until('the end', async () => (await status(host, 'parent')).runtimeStatus === 'Completed');
});

test('rewind is for failed instances: 410 for others that are over, 412 for a live one, 404 for none', async () => {
  await run(host, 'echoAll', [1], 'good');
  await client(host, 'startNew', 'approval', { instanceId: 'live' });
  await until('the wait', async () => (await status(host, 'live')).customStatus);
  assert.deepEqual(await Promise.all(['good', 'live', 'nobody'].map(rewind)), [410, 412, 404]);
});

test('an instance id of more than 100 characters is refused, also that of a child', async () => {
  const id = 'x'.repeat(100);
  await run(host, 'echoAll', [], id);
  await assert.rejects(client(host, 'startNew', 'echoAll', { instanceId: `${id}x` }), /400/);
  const { runtimeStatus, output } = await run(host, 'childWithId', `${id}x`, 'long-child');
  assert.equal(runtimeStatus, 'Failed');
  assert.match(String(output), /KILN-STRICT-LONG-INSTANCE-ID/);
});
