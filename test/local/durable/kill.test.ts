// The promise of the engine: killed at any instruction, it finishes its instances when it is started again.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { APPS, client, finished, startHostProcess, status, temporaryDirectory } from './host-process.ts';

const APP = path.join(APPS, 'all');
const WIDTH = 30;
const LEAST_KILLS = 10;
const MOST_KILLS = 20;

test('orchestrations survive ten and more kills at random moments', async (t) => {
  const data = temporaryDirectory();
  const record = path.join(data, 'record.txt');
  const env = { TEST_RECORD: record };
  let host = await startHostProcess(APP, data, { env });
  const input = { width: WIDTH, ms: 50 };
  const ids: string[] = [];
  let kills = 0;
  // Until the end and not a fixed number, so that kills also hit the timers and the children behind the fan-out. A machine
  // under load gets far between two kills; there it takes more rounds.
  for (let round = 1; kills < LEAST_KILLS; round++) {
    const started = ['first', 'second', 'third'].map((name) => `${name}-${round}`);
    for (const id of started) await client(host, 'startNew', 'survivor', { instanceId: id, input });
    ids.push(...started);
    for (let isOver = false; !isOver && kills < MOST_KILLS;) {
      await sleep(Math.random() * 40);
      await host.end('SIGKILL');
      host = await startHostProcess(APP, data, { env });
      const states = await Promise.all(started.map((id) => status(host, id)));
      isOver = states.every(({ runtimeStatus }) => runtimeStatus === 'Completed');
      if (!isOver) kills += 1;
    }
  }
  t.diagnostic(`${kills} kills while ${ids.length} instances ran`);
  for (const id of ids) {
    const { runtimeStatus, output } = await finished(host, id, 15_000);
    const expected = [
      ...Array.from({ length: WIDTH }, (_, index) => `${id}/fan${index}`),
      ...['a', 'b', 'last'].map((name) => `${id}/${name}`),
    ];
    assert.equal(runtimeStatus, 'Completed');
    assert.deepEqual(output, expected);
    const ran = readFileSync(record, 'utf8').split('\n');
    for (const name of expected) assert.ok(ran.includes(name), `${name} never ran`);
  }
  await host.end('SIGTERM');
  const database = new DatabaseSync(path.join(data, 'durable.db'), { readOnly: true });
  const count = (table: string): unknown =>
    database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'];
  const completed = database
    .prepare(
      `SELECT count(*) AS n FROM history WHERE instance IN (${ids.map(() => '?').join()}) AND event LIKE '%"EventType":5,%'`,
    )
    .get(...ids)?.['n'];
  assert.deepEqual([completed, count('activity'), count('message')], [ids.length * (WIDTH + 1), 0, 0]);
  database.close();
});

test('a second host on the same data directory is refused', async () => {
  const data = temporaryDirectory();
  const host = await startHostProcess(APP, data);
  await assert.rejects(startHostProcess(APP, data), /is in use by another host/);
  await host.end('SIGTERM');
});

test('a host that is asked to stop ends within two seconds, and its running activity runs again', async () => {
  const data = temporaryDirectory();
  const record = path.join(data, 'record.txt');
  const env = { TEST_RECORD: record };
  const first = await startHostProcess(APP, data, { env });
  await client(first, 'startNew', 'region', { instanceId: 'r', input: { name: 'long' } });
  await client(first, 'startNew', 'cleanup', { instanceId: 'c' });
  const took = await first.end('SIGTERM');
  assert.ok(took < 2000, `${took} ms`);
  const second = await startHostProcess(APP, data, { env });
  assert.equal((await finished(second, 'r')).runtimeStatus, 'Completed');
  assert.equal((await finished(second, 'c')).runtimeStatus, 'Failed');
  assert.match(readFileSync(record, 'utf8'), /cleanup/);
  await second.end('SIGTERM');
});
