// Durable timers in virtual time: days pass in milliseconds.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { systemClock, type Clock } from '../../../local/durable/clock.ts';
import { DurableEngine } from '../../../local/durable/engine.ts';
import { isFinished, type Instance } from '../../../local/durable/instance.ts';
import { openDatabase } from '../../../local/durable/store/schema.ts';
import { DurableStore } from '../../../local/durable/store/store.ts';
import { AppFunctionRunner } from '../../../local/functions-host/durable-functions.ts';
import { loadApp } from '../../../local/functions-host/load.ts';
import { APPS, temporaryDirectory } from './host-process.ts';

const DAY = 86_400_000;
const runner = new AppFunctionRunner(await loadApp(path.join(APPS, 'all'), () => undefined));

class VirtualClock implements Clock {
  #now = Date.parse('2026-01-01T00:00:00.000Z');
  readonly alarms = new Map<() => void, number>();
  now(): number {
    return this.#now;
  }
  alarm(at: number, wake: () => void): () => void {
    this.alarms.set(wake, at);
    return () => this.alarms.delete(wake);
  }
  /** Time passes while the process is busy: alarms that fall due ring later. */
  pass(milliseconds: number): void {
    this.#now += milliseconds;
  }
  /** Jumps to the next alarm. */
  jump(): void {
    const next = [...this.alarms].sort(([, a], [, b]) => a - b)[0];
    if (!next) return;
    this.#now = Math.max(this.#now, next[1]);
    this.alarms.delete(next[0]);
    next[0]();
  }
}

test('a turn that cannot be stored is tried again', async () => {
  const clock = new VirtualClock();
  const lines: string[] = [];
  let failures = 1;
  /** A disk that is full for a moment. */
  class FullStore extends DurableStore {
    override appendHistory(...given: Parameters<DurableStore['appendHistory']>): void {
      if (failures-- > 0) throw new Error('database or disk is full');
      super.appendHistory(...given);
    }
  }
  const store = new FullStore(openDatabase(temporaryDirectory()));
  const log = (_level: string, message: string): void => void lines.push(message);
  const engine = new DurableEngine({ runner, store, clock, strict: true, maxActivities: 4, log });
  engine.start();
  engine.startNew({ name: 'echoAll', id: 'one', input: ['a'] });
  for (let count = 0; count < 2000 && engine.find('one')?.status !== 'Completed'; count++) {
    await turn();
    clock.jump();
  }
  assert.equal(engine.find('one')?.status, 'Completed');
  assert.match(lines.join(), /disk is full/);
  engine.stop();
  store.close();
});

function openEngine(data: string, clock: Clock): { engine: DurableEngine; close: () => void } {
  const store = new DurableStore(openDatabase(data));
  const log = (_level: string, message: string): void => assert.fail(message);
  const engine = new DurableEngine({ runner, store, clock, strict: true, maxActivities: 4, log });
  engine.start();
  const close = (): void => {
    engine.stop();
    store.close();
  };
  return { engine, close };
}

async function runToEnd(engine: DurableEngine, clock: VirtualClock, id: string): Promise<Instance> {
  for (let round = 0; round < 2000; round += 1) {
    const instance = engine.find(id);
    if (instance && isFinished(instance)) return instance;
    for (let pass = 0; pass < 20; pass += 1) await turn();
    clock.jump();
  }
  throw new Error(`instance ${id} did not finish`);
}

test('a timer of twenty days is a chain that ends exactly when it should', async () => {
  const clock = new VirtualClock();
  const { engine, close } = openEngine(temporaryDirectory(), clock);
  engine.startNew({ name: 'sleep', id: 'long', input: 20 * DAY });
  const began = clock.now();
  const instance = await runToEnd(engine, clock, 'long');
  assert.deepEqual([instance.output, clock.now() - began], ['0', 20 * DAY]);
  assert.equal(engine.history('long').filter((event) => event.EventType === 11).length, 6);
  close();
});

test('a timer that came due while the host was down fires at the next start', async () => {
  const data = temporaryDirectory();
  const clock = new VirtualClock();
  const first = openEngine(data, clock);
  first.engine.startNew({ name: 'sleep', id: 'over-night', input: DAY });
  while (clock.alarms.size === 0) await turn();
  first.close();
  clock.alarms.set(() => undefined, clock.now() + 2 * DAY);
  clock.jump();
  const second = openEngine(data, clock);
  const instance = await runToEnd(second.engine, clock, 'over-night');
  assert.equal(instance.output, String(DAY));
  second.close();
});

test('a cancelled timer leaves no alarm behind', async () => {
  const clock = new VirtualClock();
  const { engine, close } = openEngine(temporaryDirectory(), clock);
  engine.startNew({ name: 'approval', id: 'approved' });
  while (clock.alarms.size === 0) await turn();
  engine.send('approved', { EventType: 15, Name: 'approved', Input: '"yes"' });
  while (!isFinished(engine.find('approved') ?? assert.fail())) await turn();
  await turn();
  assert.equal(clock.alarms.size, 0);
  close();
});

test('the clock of the machine can wait for longer than Node can', async () => {
  let isWoken = false;
  const cancel = systemClock.alarm(Date.now() + 30 * DAY, () => (isWoken = true));
  await sleep(30);
  cancel();
  assert.equal(isWoken, false);
});

test('a clock that goes back does not make the orchestrator go back', async () => {
  const clock = new VirtualClock();
  let offset = 0;
  const backwards: Clock = {
    now: () => clock.now() - offset,
    alarm: (at, wake) => clock.alarm(at + offset, wake),
  };
  const { engine, close } = openEngine(temporaryDirectory(), backwards);
  engine.startNew({ name: 'chain', id: 'back', input: 30 });
  while (engine.history('back').length < 20) await turn();
  offset = DAY;
  await runToEnd(engine, clock, 'back');
  const times = engine.history('back').map(({ Timestamp }) => Timestamp);
  assert.deepEqual(times, times.toSorted());
  close();
});

test('an alarm that is overdue still rings when another instance sets a later one', async () => {
  const clock = new VirtualClock();
  const { engine, close } = openEngine(temporaryDirectory(), clock);
  const settle = async (): Promise<void> => {
    for (let pass = 0; pass < 20; pass += 1) await turn();
  };
  engine.startNew({ name: 'sleep', id: 'short', input: 1000 });
  await settle();
  clock.pass(1500);
  engine.startNew({ name: 'sleep', id: 'long', input: DAY });
  await settle();
  const began = clock.now();
  clock.jump();
  await settle();
  const instance = engine.find('short');
  assert.ok(instance && isFinished(instance), 'the short timer was lost');
  assert.equal(clock.now(), began, 'it rang at once, not with the long one');
  close();
});
