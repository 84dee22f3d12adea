// What comes too late for an instance, or too early: results of an earlier execution, the end of a turn after a purge, timers
// given up, a child that is there already, results after a stop.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ActionType, type Action } from '../../../local/durable/actions.ts';
import type { Clock } from '../../../local/durable/clock.ts';
import { DurableEngine } from '../../../local/durable/engine.ts';
import { EventType, type HistoryEvent } from '../../../local/durable/events.ts';
import type {
  FunctionRunner,
  OrchestratorAnswer,
  OrchestratorRequest,
} from '../../../local/durable/runner.ts';
import { openDatabase } from '../../../local/durable/store/schema.ts';
import { DurableStore } from '../../../local/durable/store/store.ts';
import { temporaryDirectory } from './host-process.ts';

type Orchestrator = (
  request: OrchestratorRequest,
) => Partial<OrchestratorAnswer> | Promise<Partial<OrchestratorAnswer>>;

/** An engine over one orchestrator, whose activities end when the test says so. */
function bench(orchestrator: Orchestrator) {
  const running = new Map<string, (result: unknown) => void>();
  const runner: FunctionRunner = {
    findOrchestrator: (name) => name,
    findActivity: (name) => name,
    runOrchestrator: async (_name, request) => ({
      isDone: false,
      output: undefined,
      customStatus: undefined,
      error: undefined,
      actions: [],
      libraryTasks: undefined,
      ...(await orchestrator(request)),
    }),
    runActivity: (name) => new Promise((resolve) => running.set(name, resolve)),
  };
  const store = new DurableStore(openDatabase(temporaryDirectory()));
  const clock: Clock = { now: () => 1_000_000, alarm: () => () => undefined };
  const engine = new DurableEngine({ runner, store, clock, strict: false, maxActivities: 4, log: () => {} });
  engine.start();
  return { engine, store, running };
}

async function until(what: string, isTrue: () => boolean): Promise<void> {
  for (let count = 0; count < 500; count++) {
    if (isTrue()) return;
    await turn();
  }
  assert.fail(what);
}

const activity = (functionName: string): Action => ({ actionType: ActionType.CallActivity, functionName });
const event = (externalEventName: string): Action => ({
  actionType: ActionType.WaitForExternalEvent,
  externalEventName,
});
const has = (history: readonly HistoryEvent[], type: number): boolean =>
  history.some(({ EventType: found }) => found === type);

test('a result for an earlier execution is not taken for one of the execution that followed it', async () => {
  const { engine, running } = bench(({ history, input }) => {
    if (input === 2) {
      const done = history.find((one) => one.EventType === EventType.TaskCompleted);
      const output = done?.EventType === EventType.TaskCompleted ? done.Result : undefined;
      return { isDone: done !== undefined, output, actions: [activity('fresh')] };
    }
    const race: Action = { actionType: ActionType.WhenAny, compoundActions: [activity('slow'), event('go')] };
    const again: Action = { actionType: ActionType.ContinueAsNew, input: 2 };
    return has(history, EventType.EventRaised)
      ? { isDone: true, actions: [race, again] }
      : { actions: [race] };
  });
  engine.startNew({ name: 'o', id: 'one', input: 1 });
  await until('the slow activity', () => running.has('slow'));
  engine.send('one', { EventType: EventType.EventRaised, Name: 'go', Input: 'null' });
  await until('the fresh activity', () => running.has('fresh'));
  running.get('slow')?.('stale');
  for (let count = 0; count < 50; count++) await turn();
  assert.equal(engine.find('one')?.status, 'Running');
  running.get('fresh')?.('new');
  await until('the end', () => engine.find('one')?.status === 'Completed');
  assert.equal(engine.find('one')?.output, JSON.stringify('"new"'));
});

test('a turn that ends after its instance was purged writes nothing', async () => {
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  let isInside = false;
  const { engine } = bench(async () => {
    isInside = true;
    await gate;
    return { isDone: true, output: 'late' };
  });
  engine.startNew({ name: 'o', id: 'one' });
  await until('the turn', () => isInside);
  assert.equal(engine.purge('one'), 1);
  release();
  for (let count = 0; count < 50; count++) await turn();
  assert.deepEqual([engine.find('one'), engine.history('one')], [undefined, []]);
});

test('a timer that was given up is no longer waited for while its instance goes on', async () => {
  const { engine, store } = bench(({ history }) => {
    const isOver = has(history, EventType.EventRaised);
    const timer: Action = {
      actionType: ActionType.CreateTimer,
      fireAt: new Date(2_000_000),
      isCanceled: isOver,
    };
    const race: Action = { actionType: ActionType.WhenAny, compoundActions: [timer, event('go')] };
    return { actions: isOver ? [race, event('more')] : [race] };
  });
  engine.startNew({ name: 'o', id: 'one' });
  await until('the timer', () => store.nextDue(0) === 2_000_000);
  engine.send('one', { EventType: EventType.EventRaised, Name: 'go', Input: 'null' });
  await until('the end of the timer', () => store.nextDue(0) === undefined);
  assert.equal(engine.find('one')?.status, 'Running');
});

test('a child whose id is alive fails, and the living instance is left alone', async () => {
  const { engine } = bench(({ instanceId, history }) => {
    if (instanceId === 'living') return { actions: [event('never')] };
    const child = { functionName: 'o', instanceId: 'living' };
    const failed = has(history, EventType.SubOrchestrationInstanceFailed);
    return {
      isDone: failed,
      output: failed,
      actions: [{ actionType: ActionType.CallSubOrchestrator, ...child }],
    };
  });
  engine.startNew({ name: 'o', id: 'living' });
  await until('the living one', () => engine.history('living').length > 1);
  const before = engine.history('living');
  engine.startNew({ name: 'o', id: 'parent' });
  await until('the end', () => engine.find('parent')?.status === 'Completed');
  assert.deepEqual([engine.find('living')?.status, engine.history('living')], ['Running', before]);
});

test('an activity that ends after the stop runs again at the next start', async () => {
  const { engine, store, running } = bench(() => ({ actions: [activity('slow')] }));
  engine.startNew({ name: 'o', id: 'one' });
  await until('the activity', () => running.has('slow'));
  engine.stop();
  running.get('slow')?.('done');
  for (let count = 0; count < 50; count++) await turn();
  assert.deepEqual(
    store.activities().map(({ name }) => name),
    ['slow'],
  );
});

test('events that nobody took are there for the next execution, in their order', async () => {
  const { engine } = bench(({ history, input }) => {
    const raised = history.flatMap((one) => (one.EventType === EventType.EventRaised ? [one.Name] : []));
    if (input === 2)
      return { isDone: raised.length === 2, output: raised, actions: [event('b'), event('c')] };
    const again: Action = { actionType: ActionType.ContinueAsNew, input: 2 };
    // All three come in one turn, so that two of them are in the history of an execution that does not want them.
    return raised.includes('a') ? { isDone: true, actions: [event('a'), again] } : { actions: [event('a')] };
  });
  engine.startNew({ name: 'o', id: 'one', input: 1 });
  for (const Name of ['b', 'c', 'a'])
    engine.send('one', { EventType: EventType.EventRaised, Name, Input: 'null' });
  await until('the end', () => engine.find('one')?.status === 'Completed');
  assert.equal(engine.find('one')?.output, '["b","c"]');
});

test('an instance that has ended leaves no timer', async () => {
  const { engine, store } = bench(({ history }) => {
    const timer: Action = {
      actionType: ActionType.CreateTimer,
      fireAt: new Date(2_000_000),
      isCanceled: false,
    };
    const race: Action = { actionType: ActionType.WhenAny, compoundActions: [timer, event('go')] };
    return { isDone: has(history, EventType.EventRaised), actions: [race] };
  });
  engine.startNew({ name: 'o', id: 'one' });
  await until('the timer', () => store.nextDue(0) === 2_000_000);
  engine.send('one', { EventType: EventType.EventRaised, Name: 'go', Input: 'null' });
  await until('the end', () => engine.find('one')?.status === 'Completed');
  assert.equal(store.nextDue(0), undefined);
});
