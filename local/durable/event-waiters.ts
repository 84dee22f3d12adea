import type { RaisedEvent } from './events.ts';
import { StrictViolation } from './strict.ts';
import { Task, settledTask } from './task.ts';

type Waiter = { readonly name: string; readonly task: Task };

/**
 * External events of one execution. The newest waiter takes an event; an event that comes early is kept, oldest first.
 * Names are compared without case, as the extension does.
 */
export class EventWaiters {
  readonly #strict: boolean;
  readonly #waiters = new Map<string, Waiter[]>();
  readonly #early = new Map<string, RaisedEvent[]>();

  constructor(strict: boolean) {
    this.#strict = strict;
  }

  get waiting(): boolean {
    return this.#waiters.size > 0;
  }

  get unconsumed(): RaisedEvent[] {
    return [...this.#early.values()].flat();
  }

  wait(name: string): Task {
    const key = name.toLowerCase();
    const early = this.#early.get(key);
    const first = early?.shift();
    if (early?.length === 0) this.#early.delete(key);
    if (first) {
      this.#checkCase(first.Name, name);
      return settledTask();
    }
    const task = new Task();
    this.#waiters.set(key, [...(this.#waiters.get(key) ?? []), { name, task }]);
    return task;
  }

  raise(event: RaisedEvent): void {
    const key = event.Name.toLowerCase();
    const waiters = this.#waiters.get(key);
    const waiter = waiters?.pop();
    if (waiters?.length === 0) this.#waiters.delete(key);
    if (!waiter) {
      this.#early.set(key, [...(this.#early.get(key) ?? []), event]);
      return;
    }
    this.#checkCase(event.Name, waiter.name);
    waiter.task.settle(true);
  }

  #checkCase(raised: string, awaited: string): void {
    if (this.#strict && raised !== awaited)
      throw new StrictViolation(
        'KILN-STRICT-EVENT-NAME-CASE',
        `event '${raised}' was raised while '${awaited}' was awaited`,
      );
  }
}
