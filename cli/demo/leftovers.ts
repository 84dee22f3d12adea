import { EXIT } from '../errors.ts';
import type { Output } from '../output/output.ts';

/** What must not outlive the demo. Ctrl-C and SIGTERM end it too, newest first. */
export class Leftovers {
  readonly #undo: (() => Promise<unknown>)[] = [];
  readonly #listener: () => void;

  constructor(out: Output) {
    this.#listener = () => {
      out.say('', 'Stopping everything …');
      void this.clear().finally(() => process.exit(EXIT.detached));
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, this.#listener);
  }

  add(undo: () => Promise<unknown>): void {
    this.#undo.push(undo);
  }

  async clear(): Promise<void> {
    for (const undo of this.#undo.splice(0).toReversed()) await undo();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, this.#listener);
  }
}
