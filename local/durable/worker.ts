import { EventType, type HistoryEvent } from './events.ts';
import type { FunctionRunner, OrchestratorAnswer, OrchestratorRequest } from './runner.ts';

/** The process that ran the app's functions is gone, or a new one is not up yet. */
export class WorkerDied extends Error {
  constructor() {
    super('Did not find any initialized language workers');
  }
}

/**
 * The language worker of the real host, which can die while the host lives on. Here the app runs in the host's own process, so that
 * a death is a matter of bookkeeping: what was at work when it came, and what comes before the next worker is up, ends without a
 * result. Code that is running cannot be stopped, and what it does afterwards still happens.
 */
export class Worker implements FunctionRunner {
  readonly #runner: FunctionRunner;
  readonly #now: () => number;
  #deaths = 0;
  #upAgainAt = Number.NEGATIVE_INFINITY;

  constructor(runner: FunctionRunner, now: () => number) {
    this.#runner = runner;
    this.#now = now;
  }

  /** `down`: milliseconds until the next worker is up. */
  die(down: number): void {
    this.#deaths += 1;
    this.#upAgainAt = this.#now() + down;
  }

  findOrchestrator(name: string): string | undefined {
    return this.#runner.findOrchestrator(name);
  }

  findActivity(name: string): string | undefined {
    return this.#runner.findActivity(name);
  }

  runOrchestrator(name: string, request: OrchestratorRequest): Promise<OrchestratorAnswer> {
    return this.#mortal(() => this.#runner.runOrchestrator(name, request));
  }

  runActivity(name: string, input: unknown, instanceId: string): Promise<unknown> {
    return this.#mortal(() => this.#runner.runActivity(name, input, instanceId));
  }

  async #mortal<T>(work: () => Promise<T>): Promise<T> {
    if (this.#now() < this.#upAgainAt) throw new WorkerDied();
    const before = this.#deaths;
    const result = await work();
    if (this.#deaths !== before) throw new WorkerDied();
    return result;
  }
}

/**
 * What the extension makes of a turn that came back without actions: the replay misses what was scheduled before, and
 * DurableTask.Core takes that for changed code. https://github.com/Azure/durabletask/blob/main/src/DurableTask.Core/TaskOrchestrationContext.cs
 */
export function reasonOfDeath(history: readonly HistoryEvent[], died: WorkerDied): string {
  const first = history.find(
    ({ EventType: type }) =>
      type === EventType.TaskScheduled ||
      type === EventType.SubOrchestrationInstanceCreated ||
      type === EventType.TimerCreated,
  );
  if (first === undefined) return died.message;
  const kind = {
    [EventType.TaskScheduled]: 'an activity task',
    [EventType.SubOrchestrationInstanceCreated]: 'a sub-orchestration task',
    [EventType.TimerCreated]: 'a timer task',
  }[String(first.EventType)];
  const name = 'Name' in first ? ` and name '${first.Name}'` : '';
  return `Non-Deterministic workflow detected: A previous execution of this orchestration scheduled ${kind} with sequence ID ${first.EventId}${name}, but the current replay execution hasn't (yet?) scheduled this task. Was a change made to the orchestrator code after this instance had already started running?`;
}
