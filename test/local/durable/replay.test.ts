// Ids of tasks: tables for the rules, and generated orchestrators against durable-functions' own numbering.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ActionType, type Action } from '../../../local/durable/actions.ts';
import { nameOf, type Decision } from '../../../local/durable/decision.ts';
import { EventType, stamp, type EventBody, type HistoryEvent } from '../../../local/durable/events.ts';
import { replay, type Replayed } from '../../../local/durable/replay.ts';
import { findShift } from '../../../local/durable/turn.ts';
import { AppFunctionRunner } from '../../../local/functions-host/durable-functions.ts';
import { loadApp } from '../../../local/functions-host/load.ts';
import { choices, program, type Step } from './program-arbitrary.ts';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const DAY = 86_400_000;
const at = (ms: number): string => new Date(START + ms).toISOString();

/** A history of one turn per group of events; each group happens at its time, in ms after the start. */
function history(...turns: (readonly [ms: number, ...events: EventBody[]])[]): HistoryEvent[] {
  return turns.flatMap(([ms, ...events]) =>
    [{ EventType: EventType.OrchestratorStarted }, ...events].map((event) => stamp(event, at(ms))),
  );
}
const started: EventBody = { EventType: EventType.ExecutionStarted, Name: 'o', Version: '', Input: 'null' };
const done = (id: number): EventBody => ({
  EventType: EventType.TaskCompleted,
  TaskScheduledId: id,
  Result: '1',
});
const failed = (id: number): EventBody => ({
  EventType: EventType.TaskFailed,
  TaskScheduledId: id,
  Reason: 'r',
  Details: 'd',
});
const fired = (id: number): EventBody => ({ EventType: EventType.TimerFired, TimerId: id, FireAt: at(0) });
const raised = (Name: string): EventBody => ({ EventType: EventType.EventRaised, Name, Input: '1' });

const activity = (functionName: string): Action => ({ actionType: ActionType.CallActivity, functionName });
const retried = (attempts: number, backoffCoefficient = 1): Action => ({
  actionType: ActionType.CallActivityWithRetry,
  functionName: 'r',
  retryOptions: { firstRetryIntervalInMilliseconds: 100, maxNumberOfAttempts: attempts, backoffCoefficient },
});
const timer = (ms: number, isCanceled = false): Action => ({
  actionType: ActionType.CreateTimer,
  fireAt: at(ms),
  isCanceled,
});
const event = (externalEventName: string): Action => ({
  actionType: ActionType.WaitForExternalEvent,
  externalEventName,
});
const all = (...compoundActions: Action[]): Action => ({ actionType: ActionType.WhenAll, compoundActions });
const any = (...compoundActions: Action[]): Action => ({ actionType: ActionType.WhenAny, compoundActions });

const OPTIONS = { strict: true, compareInputs: true };
const ids = ({ open }: Replayed): string =>
  [...open.values()]
    .map(({ decision: each, task }) => {
      const what = each.kind === 'timer' ? `timer+${each.fireAt - START}` : nameOf(each);
      return `${each.id}:${what}${task.settled ? '!' : ''}`;
    })
    .join(' ');

const TABLE: readonly (readonly [string, Action[], HistoryEvent[], string])[] = [
  ['nothing runs before the start', [activity('a')], [], ''],
  ['the next action waits for the one before', [activity('a'), activity('b')], history([0, started]), '0:a'],
  [
    'a result starts the next',
    [activity('a'), activity('b')],
    history([0, started], [1, done(0)]),
    '0:a! 1:b',
  ],
  [
    'all is done when every child is, also when one failed',
    [all(activity('a'), activity('b')), activity('c')],
    history([0, started], [1, failed(0)]),
    '0:a! 1:b',
  ],
  [
    'any is done with the first',
    [any(activity('a'), activity('b')), activity('c')],
    history([0, started], [1, done(1)]),
    '0:a 1:b! 2:c',
  ],
  ['an event takes no id', [event('x'), activity('a')], history([0, started, raised('x')]), '0:a'],
  [
    'a cancelled timer counts as done',
    [any(timer(60_000, true), activity('a')), activity('b')],
    history([0, started]),
    '0:timer+60000! 1:a 2:b',
  ],
  [
    'a failed attempt is followed by a timer',
    [retried(3)],
    history([0, started], [5, failed(0)]),
    '0:r! 1:timer+105',
  ],
  [
    'the next attempt has a new id',
    [retried(3)],
    history([0, started], [5, failed(0)], [105, fired(1)]),
    '0:r! 1:timer+105! 2:r',
  ],
  [
    'the backoff grows',
    [retried(3, 2)],
    history([0, started], [0, failed(0)], [100, fired(1)], [100, failed(2)]),
    '0:r! 1:timer+100! 2:r! 3:timer+300',
  ],
  [
    'a timer that is due at once follows the last attempt',
    [retried(1), activity('a')],
    history([0, started], [5, failed(0)]),
    '0:r! 1:timer+5',
  ],
  [
    'and then the failure is known',
    [retried(1), activity('a')],
    history([0, started], [5, failed(0)], [5, fired(1)]),
    '0:r! 1:timer+5! 2:a',
  ],
  ['a timer of six days is one timer', [timer(6 * DAY)], history([0, started]), `0:timer+${6 * DAY}`],
  [
    'a longer one is a chain of three days each',
    [timer(8 * DAY), activity('a')],
    history([0, started], [3 * DAY, fired(0)], [8 * DAY, fired(1)]),
    `0:timer+${3 * DAY}! 1:timer+${8 * DAY}! 2:a`,
  ],
];
for (const [name, actions, events, expected] of TABLE)
  test(name, () => assert.equal(ids(replay(events, actions, OPTIONS)), expected));

test('the newest waiter takes an event', () => {
  const actions = [any(event('x'), activity('a')), any(event('x'), activity('b')), activity('c')];
  const { open, idle } = replay(history([0, started], [1, done(0)], [2, raised('x')]), actions, OPTIONS);
  assert.deepEqual([[...open.keys()], idle], [[0, 1, 2], false]);
});

test('an event that nobody took is handed on', () => {
  const events = history([0, started, raised('y'), raised('y')]);
  assert.equal(replay(events, [event('x')], OPTIONS).unconsumed.length, 2);
});

const decisionEvent = (decision: Decision): EventBody => {
  switch (decision.kind) {
    case 'activity':
      return {
        EventType: EventType.TaskScheduled,
        Name: decision.name,
        Input: JSON.stringify(decision.input),
      };
    case 'sub':
      return {
        EventType: EventType.SubOrchestrationInstanceCreated,
        Name: decision.name,
        InstanceId: `child${decision.id}`,
        Input: JSON.stringify(decision.input),
      };
    case 'timer':
      return { EventType: EventType.TimerCreated, FireAt: new Date(decision.fireAt).toISOString() };
    default:
      return decision satisfies never;
  }
};

const appPromise = loadApp(path.resolve(import.meta.dirname, 'apps/program'), () => undefined);

/** Runs a program to its end, comparing the two numberings after each turn. Returns the number of turns. */
async function simulate(steps: readonly Step[], decisions: readonly number[]): Promise<number> {
  const runner = new AppFunctionRunner(await appPromise);
  const past: HistoryEvent[] = [];
  let arriving: EventBody[] = [started];
  let now = START;
  for (const [turn, choice] of decisions.entries()) {
    const time = new Date(now).toISOString();
    past.push(
      ...[{ EventType: EventType.OrchestratorStarted }, ...arriving].map((each) => stamp(each, time)),
    );
    const answer = await runner.runOrchestrator('program', {
      history: past,
      input: steps,
      instanceId: 'i',
      parentInstanceId: undefined,
    });
    const replayed = replay(past, answer.actions, OPTIONS);
    if (answer.isDone && replayed.settled) return turn + 1;
    // The library is past a group whose rest may still take ids: this is the shift, and strict mode refuses it here.
    if (replayed.ahead && replayed.growing) return turn + 1;
    assert.ok(answer.libraryTasks, 'openTasks of durable-functions can be seen');
    if (!answer.isDone) assert.equal(findShift(replayed.open, answer.libraryTasks), undefined);
    const pending = [...replayed.open.values()].filter(({ task }) => !task.settled);
    // Unless the library went on past a failed Task.all, both wait for exactly the same ids.
    if (!answer.isDone && !replayed.ahead)
      assert.deepEqual(
        pending.map(({ decision }) => decision.id),
        [...answer.libraryTasks.keys()].sort((a, b) => a - b),
      );
    const fresh = [...replayed.open.values()].filter(({ recorded }) => !recorded);
    past.push(...fresh.map(({ decision }) => stamp(decisionEvent(decision), time, decision.id)));
    const options: EventBody[] = pending.map(({ decision }) => complete(decision, choice));
    options.push(raised('x'), raised('y'));
    const next = options[choice % options.length];
    arriving = next ? [next] : [];
    if (next?.EventType === EventType.TimerFired) now = Math.max(now, Date.parse(next.FireAt));
  }
  return decisions.length;
}

function complete(decision: Decision, choice: number): EventBody {
  const isFailure = choice % 7 === 0;
  const TaskScheduledId = decision.id;
  const failure = { TaskScheduledId, Reason: 'r', Details: 'd' };
  switch (decision.kind) {
    case 'timer':
      return {
        EventType: EventType.TimerFired,
        TimerId: decision.id,
        FireAt: new Date(decision.fireAt).toISOString(),
      };
    case 'activity':
      return isFailure
        ? { EventType: EventType.TaskFailed, ...failure }
        : { EventType: EventType.TaskCompleted, TaskScheduledId, Result: '1' };
    case 'sub':
      return isFailure
        ? { EventType: EventType.SubOrchestrationInstanceFailed, ...failure }
        : { EventType: EventType.SubOrchestrationInstanceCompleted, TaskScheduledId, Result: '1' };
    default:
      return decision satisfies never;
  }
}

/** The loser of a race grows on, while a Task.all around it has failed for durable-functions and not for the extension. */
const GROWING_LOSER: [Step[], number[]] = [
  [
    {
      kind: 'all',
      children: [
        { kind: 'any', children: [{ kind: 'longTimer', days: 7 }, { kind: 'timer' }] },
        { kind: 'all', children: [{ kind: 'timer' }, { kind: 'activity', value: 0 }, { kind: 'timer' }] },
      ],
    },
    { kind: 'activity', value: 0 },
  ],
  [1, 14, 0, 0],
];

test('generated orchestrators get the ids that durable-functions gives', async (t) => {
  let turns = 0;
  await fc.assert(
    fc.asyncProperty(program, choices, async (steps, decisions) => {
      turns += await simulate(steps, decisions);
    }),
    { numRuns: 150, examples: [GROWING_LOSER] },
  );
  t.diagnostic(`${turns} turns compared`);
});
