import { randomUUID } from 'node:crypto';
import type { Decision } from './decision.ts';
import { inputOf } from './decision.ts';
import { EventType, stamp, toJson, type EventBody, type HistoryEvent } from './events.ts';
import { isFinished, type Instance, type Parent } from './instance.ts';
import type { ActivityWork } from './store/rows.convert.ts';
import type { DurableStore } from './store/store.ts';
import type { TurnOutcome } from './turn.ts';

/** The parts of a turn that the transaction writes. `fresh` are the events of this turn, `played` the number before. */
export type FinishedTurn = {
  readonly instance: Instance;
  readonly played: number;
  readonly fresh: readonly HistoryEvent[];
  readonly messages: readonly number[];
  readonly outcome: TurnOutcome;
  readonly now: number;
};

/** What the engine has to wake up after the commit. */
export type Effects = { readonly activities: ActivityWork[]; readonly touched: Set<string> };

export const newExecution = (): string => randomUUID().replaceAll('-', '');

/** Delivery order before every message that carries a time: the start comes first, then events kept over continue-as-new. */
const DUE_START = 0;
const DUE_CARRIED = 1;

/** What is to be started. `input` is JSON text. */
export type Start = {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly input: string;
  readonly parent?: Parent | undefined;
};

/** Writes a new instance over a finished one of the same id. */
export function writeStart(store: DurableStore, start: Start, now: number): void {
  store.purge(start.id);
  const execution = newExecution();
  store.putInstance({
    ...start,
    execution,
    status: 'Pending',
    customStatus: null,
    output: null,
    created: now,
    updated: now,
    parent: start.parent,
  });
  writeExecutionStarted(store, start, execution);
}

function writeExecutionStarted(store: DurableStore, start: Start, execution: string): void {
  const event: EventBody = {
    EventType: EventType.ExecutionStarted,
    Name: start.name,
    Version: start.version,
    Input: start.input,
  };
  store.addMessage({ instance: start.id, execution, due: DUE_START, event });
}

/** Writes one turn. Must run inside a transaction. */
export function writeTurn(store: DurableStore, turn: FinishedTurn): Effects {
  const { instance, outcome, now } = turn;
  const effects: Effects = { activities: [], touched: new Set([instance.id]) };
  for (const message of turn.messages) store.dropMessage(message);
  const timestamp = new Date(now).toISOString();
  const events = [...turn.fresh];
  const isAlive = outcome.end.kind === 'waiting';
  for (const decision of outcome.decisions) {
    const event = carryOut(store, turn, decision, effects);
    if (event) events.push(stamp(event, timestamp, decision.id));
  }
  for (const timer of outcome.canceled) store.dropTimer(instance.id, instance.execution, timer);
  const customStatus = outcome.customStatus ?? instance.customStatus;
  const next = { ...instance, customStatus, updated: now };
  if (isAlive) {
    events.push(stamp({ EventType: EventType.OrchestratorCompleted }, timestamp));
    store.appendHistory(instance.id, turn.played, events);
    store.putInstance({ ...next, status: 'Running' });
  } else writeEnd(store, { ...turn, instance: next, fresh: events }, effects);
  return effects;
}

function carryOut(
  store: DurableStore,
  turn: FinishedTurn,
  decision: Decision,
  effects: Effects,
): EventBody | undefined {
  const { id: instance, execution } = turn.instance;
  switch (decision.kind) {
    case 'activity': {
      const input = inputOf(decision);
      const work = { instance, execution, task: decision.id, name: decision.name, input };
      effects.activities.push(store.addActivity(work));
      return { EventType: EventType.TaskScheduled, Name: decision.name, Input: input };
    }
    case 'timer': {
      const FireAt = inputOf(decision);
      const event: EventBody = { EventType: EventType.TimerFired, TimerId: decision.id, FireAt };
      store.addMessage({ instance, execution, timer: decision.id, due: decision.fireAt, event });
      return { EventType: EventType.TimerCreated, FireAt };
    }
    case 'sub':
      return startChild(store, turn, decision, effects);
    default:
      throw new Error(`unknown decision ${String(decision satisfies never)}`);
  }
}

function startChild(
  store: DurableStore,
  turn: FinishedTurn,
  decision: Extract<Decision, { kind: 'sub' }>,
  effects: Effects,
): EventBody {
  const { instance, now } = turn;
  // The extension's own rule for a child without a given id.
  const child = decision.instanceId ?? `${instance.execution}:${decision.id}`;
  const parent = { instance: instance.id, execution: instance.execution, task: decision.id };
  const input = inputOf(decision);
  const living = store.instance(child);
  if (living && !isFinished(living))
    tellParent(store, parent, now, {
      EventType: EventType.SubOrchestrationInstanceFailed,
      TaskScheduledId: decision.id,
      Reason: `An Orchestration instance with the status ${living.status} already exists.`,
      Details: child,
    });
  else {
    writeStart(
      store,
      { id: child, name: decision.name, version: decision.version ?? '', input, parent },
      now,
    );
    effects.touched.add(child);
  }
  return {
    EventType: EventType.SubOrchestrationInstanceCreated,
    Name: decision.name,
    InstanceId: child,
    Input: input,
  };
}

function tellParent(store: DurableStore, parent: Parent, now: number, event: EventBody): void {
  store.addMessage({ instance: parent.instance, execution: parent.execution, due: now, event });
}

function writeEnd(store: DurableStore, turn: FinishedTurn, effects: Effects): void {
  const { end } = turn.outcome;
  switch (end.kind) {
    case 'continued':
      writeNextExecution(store, turn, end);
      break;
    case 'completed':
      finish(store, turn, { status: 'Completed', output: end.output }, effects);
      break;
    case 'failed': {
      const reason = `Orchestrator function '${turn.instance.name}' failed: ${end.reason}`;
      finish(store, turn, { status: 'Failed', output: toJson(reason), reason }, effects);
      break;
    }
    case 'waiting':
      break;
    default:
      throw new Error(`unknown end ${String(end satisfies never)}`);
  }
}

function writeNextExecution(
  store: DurableStore,
  turn: FinishedTurn,
  end: Extract<TurnOutcome['end'], { kind: 'continued' }>,
): void {
  const { instance } = turn;
  const execution = newExecution();
  store.clearHistory(instance.id);
  store.dropMessages(instance.id, instance.execution);
  store.putInstance({ ...instance, execution, input: end.input, status: 'ContinuedAsNew' });
  writeExecutionStarted(store, { ...instance, input: end.input }, execution);
  for (const { Name, Input } of end.unconsumed) {
    const event: EventBody = { EventType: EventType.EventRaised, Name, Input };
    store.addMessage({ instance: instance.id, due: DUE_CARRIED, event });
  }
}

type Ending = {
  readonly status: 'Completed' | 'Failed' | 'Terminated';
  readonly output: string;
  readonly reason?: string;
};

/** Closes the instance and tells its parent. Activities that are under way run on and their results are dropped, as in Azure. */
export function finish(
  store: DurableStore,
  turn: Pick<FinishedTurn, 'instance' | 'played' | 'fresh' | 'now'>,
  ending: Ending,
  effects: Effects,
): void {
  const { instance, now } = turn;
  const { status, output } = ending;
  const closing = stamp(
    { EventType: EventType.ExecutionCompleted, OrchestrationStatus: status, Result: output },
    new Date(now).toISOString(),
  );
  store.appendHistory(instance.id, turn.played, [...turn.fresh, closing]);
  store.putInstance({ ...instance, status, output, updated: now });
  // Timers of a failed instance are in the queue still, and reach it when it is rewound before they are due.
  if (status !== 'Failed') store.dropMessages(instance.id);
  if (!instance.parent) return;
  const TaskScheduledId = instance.parent.task;
  effects.touched.add(instance.parent.instance);
  tellParent(
    store,
    instance.parent,
    now,
    status === 'Completed'
      ? { EventType: EventType.SubOrchestrationInstanceCompleted, TaskScheduledId, Result: output }
      : {
          EventType: EventType.SubOrchestrationInstanceFailed,
          TaskScheduledId,
          Reason: ending.reason ?? status,
          Details: output,
        },
  );
}
