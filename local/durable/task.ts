/**
 * A promise without the micro-task queue. Ids are handed out in the order in which continuations run, so that a real promise,
 * which runs them later, would number tasks differently from the extension.
 */
export class Task {
  #state: 'pending' | 'succeeded' | 'failed' = 'pending';
  #listeners: (() => void)[] = [];

  get settled(): boolean {
    return this.#state !== 'pending';
  }

  get succeeded(): boolean {
    return this.#state === 'succeeded';
  }

  /** The first call decides; later ones are ignored. */
  settle(succeeded: boolean): void {
    if (this.settled) return;
    this.#state = succeeded ? 'succeeded' : 'failed';
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }

  /** Runs at once when the task is settled already. */
  whenSettled(listener: () => void): void {
    if (this.settled) listener();
    else this.#listeners.push(listener);
  }
}

/** A task that is done. */
export function settledTask(succeeded = true): Task {
  const task = new Task();
  task.settle(succeeded);
  return task;
}

/** Done when every child is, unlike durable-functions' own, which fails with the first: the extension awaits them all. */
export function allOf(children: readonly Task[]): Task {
  const all = new Task();
  let left = children.length;
  for (const child of children)
    child.whenSettled(() => {
      left -= 1;
      if (left === 0) all.settle(children.every((each) => each.succeeded));
    });
  return all;
}

/** Done with the first child. */
export function anyOf(children: readonly Task[]): Task {
  const any = new Task();
  for (const child of children) child.whenSettled(() => any.settle(true));
  return any;
}
