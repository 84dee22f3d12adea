import { EXIT } from '../errors.ts';
import type { Output } from '../output/output.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What must not outlive the demo. Ctrl-C and SIGTERM end it too, newest first. */
export class Leftovers {
  readonly #undo: (() => Promise<unknown>)[] = [];
  readonly #listener: () => void;
  #clearing: Promise<void> | undefined;
  #isInterrupted = false;

  constructor(out: Output) {
    this.#listener = () => {
      this.#isInterrupted = true;
      out.say('', 'Stopping everything …');
      void this.clear().finally(() => process.exit(EXIT.detached));
    };
    for (const signal of SIGNALS) process.on(signal, this.#listener);
  }

  /** Something that is made while everything else is being cleared away goes at once. */
  add(undo: () => Promise<unknown>): void {
    if (this.#clearing === undefined) this.#undo.push(undo);
    else void quietly(undo);
  }

  /** True when a signal ends the demo: what fails from then on fails because its ground is being taken away. */
  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  clear(): Promise<void> {
    return (this.#clearing ??= this.#clear());
  }

  async #clear(): Promise<void> {
    for (const undo of this.#undo.toReversed()) await quietly(undo);
    for (const signal of SIGNALS) process.off(signal, this.#listener);
  }
}

/** One that fails must not keep the others from being cleared away. */
const quietly = (undo: () => Promise<unknown>): Promise<unknown> => undo().catch(() => undefined);
