import { EventType, toJson, type EventBody } from './events.ts';
import { assertPlainData } from './plain-data.ts';
import type { FunctionRunner } from './runner.ts';
import { StrictViolation } from './strict.ts';
import type { ActivityWork } from './store/rows.convert.ts';

export type PoolOptions = {
  readonly limit: number;
  readonly strict: boolean;
  readonly log: (level: 'error', message: string) => void;
};

export type ActivityDone = (work: ActivityWork, event: EventBody) => void;

/** Runs activities, at most `limit` at a time, oldest first. Work that is under way when the process dies is found again. */
export class ActivityPool {
  readonly #runner: FunctionRunner;
  readonly #options: PoolOptions;
  readonly #done: ActivityDone;
  readonly #queue: ActivityWork[] = [];
  #running = 0;
  #stopped = false;

  constructor(runner: FunctionRunner, options: PoolOptions, done: ActivityDone) {
    this.#runner = runner;
    this.#options = options;
    this.#done = done;
  }

  add(work: readonly ActivityWork[]): void {
    this.#queue.push(...work);
    this.#fill();
  }

  /** Takes no more work and drops the results of what is under way: its rows stay, so that it runs again. */
  stop(): void {
    this.#stopped = true;
  }

  #fill(): void {
    while (!this.#stopped && this.#running < this.#options.limit) {
      const work = this.#queue.shift();
      if (!work) return;
      this.#running += 1;
      void this.#run(work);
    }
  }

  async #run(work: ActivityWork): Promise<void> {
    const event = await this.#outcome(work);
    this.#running -= 1;
    if (this.#stopped) return;
    this.#done(work, event);
    this.#fill();
  }

  async #outcome(work: ActivityWork): Promise<EventBody> {
    const TaskScheduledId = work.task;
    try {
      const name = this.#runner.findActivity(work.name);
      if (name === undefined) throw new Error(`there is no activity function '${work.name}'`);
      const input: unknown = JSON.parse(work.input);
      const result = await this.#runner.runActivity(name, input, work.instance);
      if (this.#options.strict) assertPlainData(result, `the result of activity '${work.name}'`);
      return { EventType: EventType.TaskCompleted, TaskScheduledId, Result: toJson(result) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      // The orchestrator may catch it and go on; somebody has to hear of it all the same.
      if (error instanceof StrictViolation)
        this.#options.log('error', `instance ${work.instance}: ${message}`);
      const Reason = `Activity function '${work.name}' failed: ${message}`;
      const Details = (error instanceof Error && error.stack) || message;
      return { EventType: EventType.TaskFailed, TaskScheduledId, Reason, Details };
    }
  }
}
