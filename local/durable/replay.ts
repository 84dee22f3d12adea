/**
 * Ids of tasks. durable-functions 3 sends actions without ids and numbers its tasks itself; the extension numbers them again
 * by running the list of actions. A result reaches the right `yield` only when both agree. This module does the extension's
 * half: `foreach (action) await Invoke(action)` of OutOfProcOrchestrationShim over DurableTask.Core.
 * https://github.com/Azure/azure-functions-durable-extension/blob/dev/src/WebJobs.Extensions.DurableTask/Listener/OutOfProcOrchestrationShim.cs
 */
import { ActionType, isUnsupported, retryDelay, type Action, type RetryOptions } from './actions.ts';
import {
  assertNew,
  describe,
  excerpt,
  inputOf,
  nameOf,
  readRecorded,
  type Decision,
  type RecordedDecision,
} from './decision.ts';
import { EventWaiters } from './event-waiters.ts';
import { EventType, eventName, isMarker, type HistoryEvent, type RaisedEvent } from './events.ts';
import { StrictViolation } from './strict.ts';
import { Task, allOf, anyOf, settledTask } from './task.ts';

const DAY = 86_400_000;
/** Longer timers are chains, because Azure Storage cannot hide a message for more than seven days. */
export const MAX_TIMER = 6 * DAY;
export const TIMER_LINK = 3 * DAY;

export type OpenTask = { readonly decision: Decision; readonly task: Task; recorded: boolean };

export type Replayed = {
  readonly open: ReadonlyMap<number, OpenTask>;
  /** Ids of timers that the orchestrator gave up. */
  readonly canceled: readonly number[];
  readonly continueAsNew: { readonly input: unknown } | undefined;
  /** Every action was started and the last awaited one is done: only then does the extension finish the instance. */
  readonly settled: boolean;
  /** durable-functions went on past an action that the extension still awaits (Task.all fails fast there, not here). */
  readonly ahead: boolean;
  /** A retry or a long timer may still take an id by itself, also one that nobody awaits any more because it lost a race. */
  readonly growing: boolean;
  /** Nothing that could arrive would be delivered to anybody. */
  readonly idle: boolean;
  /** Events that nobody took; they survive continue-as-new. */
  readonly unconsumed: readonly RaisedEvent[];
};

export type ReplayOptions = {
  /** Off: the extension's arithmetic alone, with its consequences. */
  readonly strict: boolean;
  /** Also compare inputs and due times with the history, which finds random values that the extension would not notice. */
  readonly compareInputs: boolean;
};

/** Runs the actions against the history. Throws `StrictViolation` when the two do not belong together. */
export function replay(
  history: readonly HistoryEvent[],
  actions: readonly Action[],
  options: ReplayOptions,
): Replayed {
  const run = new Replay(actions, options);
  for (const event of history) run.apply(event);
  return run.result();
}

class Replay {
  readonly #actions: readonly Action[];
  readonly #options: ReplayOptions;
  readonly #open = new Map<number, OpenTask>();
  readonly #events: EventWaiters;
  readonly #seen = new Set<Action>();
  /** Tasks that start further tasks when an event arrives. */
  readonly #growers: Task[] = [];
  readonly #canceled: number[] = [];
  #continueAsNew: { readonly input: unknown } | undefined;
  #awaited = settledTask();
  #cursor = 0;
  #now = 0;
  #started = false;
  #pumping = false;

  constructor(actions: readonly Action[], options: ReplayOptions) {
    this.#actions = actions;
    this.#options = options;
    this.#events = new EventWaiters(options.strict);
  }

  result(): Replayed {
    const moreActions = this.#cursor < this.#actions.length;
    const pending = [...this.#open.values()].some((open) => !open.task.settled);
    return {
      open: this.#open,
      canceled: this.#canceled,
      continueAsNew: this.#continueAsNew,
      settled: !moreActions && this.#awaited.settled,
      ahead: moreActions && !this.#awaited.settled,
      growing: this.#growers.some((task) => !task.settled),
      idle: !pending && !this.#events.waiting,
      unconsumed: this.#events.unconsumed,
    };
  }

  apply(event: HistoryEvent): void {
    if (isMarker(event)) return;
    switch (event.EventType) {
      case EventType.OrchestratorStarted:
        this.#now = Math.max(this.#now, Date.parse(event.Timestamp));
        break;
      case EventType.ExecutionStarted:
        this.#started = true;
        this.#pump();
        break;
      case EventType.TaskScheduled:
      case EventType.SubOrchestrationInstanceCreated:
      case EventType.TimerCreated:
        this.#match(event);
        break;
      case EventType.TaskCompleted:
      case EventType.SubOrchestrationInstanceCompleted:
        this.#complete(event, event.TaskScheduledId, true);
        break;
      case EventType.TaskFailed:
      case EventType.SubOrchestrationInstanceFailed:
        this.#complete(event, event.TaskScheduledId, false);
        break;
      case EventType.TimerFired:
        this.#complete(event, event.TimerId, true);
        break;
      case EventType.EventRaised:
        this.#events.raise(event);
        this.#pump();
        break;
      default:
        event satisfies never;
    }
  }

  #pump(): void {
    if (this.#pumping || !this.#started) return;
    this.#pumping = true;
    for (;;) {
      const next = this.#awaited.settled ? this.#actions[this.#cursor] : undefined;
      if (!next) break;
      this.#cursor += 1;
      this.#awaited = this.#start(next);
    }
    this.#pumping = false;
    if (!this.#awaited.settled) this.#awaited.whenSettled(() => this.#pump());
  }

  #start(action: Action): Task {
    if (this.#options.strict) assertNew(action, this.#seen);
    if (isUnsupported(action))
      throw new StrictViolation('KILN-STRICT-UNSUPPORTED', `the orchestrator asked for ${describe(action)}`);
    switch (action.actionType) {
      case ActionType.CallActivity:
        return this.#activity(action);
      case ActionType.CallActivityWithRetry:
        return this.#withRetry(action, () => this.#activity(action));
      case ActionType.CallSubOrchestrator:
        return this.#sub(action);
      case ActionType.CallSubOrchestratorWithRetry:
        return this.#withRetry(action, () => this.#sub(action));
      case ActionType.CreateTimer:
        return this.#timer(new Date(action.fireAt).getTime(), action.isCanceled);
      case ActionType.WaitForExternalEvent:
        return this.#events.wait(action.externalEventName);
      case ActionType.WhenAll:
        return allOf(action.compoundActions.map((child) => this.#start(child)));
      case ActionType.WhenAny:
        return anyOf(action.compoundActions.map((child) => this.#start(child)));
      case ActionType.ContinueAsNew:
        this.#continueAsNew = { input: action.input };
        return settledTask();
      default:
        throw new Error(`unknown action ${JSON.stringify(action satisfies never)}`);
    }
  }

  #allocate(decide: (id: number) => Decision): { readonly id: number; readonly task: Task } {
    const id = this.#open.size;
    const task = new Task();
    this.#open.set(id, { decision: decide(id), task, recorded: false });
    return { id, task };
  }

  #activity(call: { readonly functionName: string; readonly input?: unknown }): Task {
    return this.#allocate((id) => ({ kind: 'activity', id, name: call.functionName, input: call.input }))
      .task;
  }

  #sub(call: {
    readonly functionName: string;
    readonly input?: unknown;
    readonly instanceId?: string | null;
    readonly version?: string;
  }): Task {
    return this.#allocate((id) => ({
      kind: 'sub',
      id,
      name: call.functionName,
      input: call.input,
      instanceId: call.instanceId ?? undefined,
      version: call.version,
    })).task;
  }

  #timer(fireAt: number, isCanceled: boolean): Task {
    if (fireAt - this.#now > MAX_TIMER) return this.#longTimer(fireAt, isCanceled);
    const { id, task } = this.#shortTimer(fireAt);
    if (isCanceled) this.#cancel(id, task);
    return task;
  }

  #shortTimer(fireAt: number): { readonly id: number; readonly task: Task } {
    return this.#allocate((id) => ({ kind: 'timer', id, fireAt }));
  }

  /** A timer that was given up counts as done, from its start on: the action list says nothing of when it was cancelled. */
  #cancel(id: number, task: Task): void {
    this.#canceled.push(id);
    task.settle(false);
  }

  #grower(): Task {
    const task = new Task();
    this.#growers.push(task);
    return task;
  }

  #longTimer(fireAt: number, isCanceled: boolean): Task {
    const whole = this.#grower();
    const link = (): void => {
      const rest = fireAt - this.#now;
      const { id, task } = this.#shortTimer(rest > MAX_TIMER ? this.#now + TIMER_LINK : fireAt);
      if (isCanceled) {
        this.#cancel(id, task);
        whole.settle(false);
        return;
      }
      task.whenSettled(() => (this.#now < fireAt ? link() : whole.settle(true)));
    };
    link();
    return whole;
  }

  /**
   * DurableTask.Core's RetryInterceptor, as it counts: a timer follows every failed attempt, also the last one, where it is
   * due at once. https://github.com/Azure/durabletask/blob/main/src/DurableTask.Core/RetryInterceptor.cs
   */
  #withRetry(action: { readonly retryOptions: RetryOptions }, start: () => Task): Task {
    const options = action.retryOptions;
    const timeout = options.retryTimeoutInMilliseconds ?? 0;
    if (this.#options.strict && timeout > 0)
      throw new StrictViolation('KILN-STRICT-RETRY-TIMEOUT', `retryTimeoutInMilliseconds is ${timeout}`);
    const whole = this.#grower();
    const firstAttempt = this.#now;
    const run = (attempt: number): void => {
      const task = start();
      task.whenSettled(() => {
        if (task.succeeded) whole.settle(true);
        else if (attempt >= options.maxNumberOfAttempts)
          this.#shortTimer(this.#now).task.whenSettled(() => whole.settle(false));
        else if (timeout > 0 && this.#now >= firstAttempt + timeout) whole.settle(false);
        else
          this.#shortTimer(this.#now + retryDelay(options, attempt)).task.whenSettled(() => run(attempt + 1));
      });
    };
    run(1);
    return whole;
  }

  #complete(event: HistoryEvent, id: number, succeeded: boolean): void {
    const open = this.#open.get(id);
    if (!open)
      throw new StrictViolation(
        'KILN-STRICT-NONDETERMINISM',
        `the history has ${eventName(event.EventType)} for task ${id}, which the code did not schedule`,
      );
    open.task.settle(succeeded);
    this.#pump();
  }

  #match(event: RecordedDecision): void {
    const then = readRecorded(event);
    const open = this.#open.get(event.EventId);
    const found = open ? `${open.decision.kind} '${nameOf(open.decision)}'` : 'nothing';
    if (!open || open.decision.kind !== then.kind || nameOf(open.decision) !== then.name)
      throw new StrictViolation(
        'KILN-STRICT-NONDETERMINISM',
        `task ${event.EventId} is ${then.kind} '${then.name}' in the history, but the code scheduled ${found}`,
      );
    const now = inputOf(open.decision);
    if (this.#options.compareInputs && then.input !== now)
      throw new StrictViolation(
        'KILN-STRICT-NONDETERMINISM',
        `task ${event.EventId}, ${then.kind} '${then.name}', had ${excerpt(then.input)} in the history and has ${excerpt(now)} in the replay`,
      );
    open.recorded = true;
  }
}
