import { keyOf } from '../store/ids.ts';
import type { JsonObject } from '../json.ts';

/** A script that runs; `execution.ts` has the only one. */
type Execution = { cancel(): void; view(): JsonObject };

/** The scripts that run now, by the ARM id of their run command. */
export class Executions {
  readonly #running = new Map<string, Execution>();

  add(id: string, execution: Execution): void {
    this.#running.set(keyOf(id), execution);
  }

  find(id: string): Execution | undefined {
    return this.#running.get(keyOf(id));
  }

  /** Ends the script, if it runs. Its outcome is no longer stored. */
  cancel(id: string): void {
    this.find(id)?.cancel();
    this.#running.delete(keyOf(id));
  }

  close(): void {
    for (const execution of this.#running.values()) execution.cancel();
    this.#running.clear();
  }
}
