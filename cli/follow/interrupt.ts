export type Wish = 'none' | 'detach' | 'cancel' | 'leave';

/** Time in which a second Ctrl-C means "cancel the run" and not "I meant it". */
const GRACE_MS = 3000;
const LOOK_MS = 100;

/**
 * Ctrl-C while a run is watched. Once: stop watching, the run goes on. Twice: cancel the run and watch it end.
 * Three times: leave at once.
 *
 * A pipeline that is canceled sends SIGINT, then SIGTERM, and kills a few seconds later; nobody is there to press a key
 * again. There the first signal cancels the run, and watching goes on for as long as the pipeline allows.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-cancellation
 */
export class Interrupts {
  readonly #onPress: (presses: number) => void;
  readonly #inPipeline: boolean;
  readonly #listener = (): void => this.#press();
  readonly #onTerminate = (): void => this.#terminate();
  #presses = 0;
  #firstAt = 0;
  #isTerminated = false;
  #wake: (() => void) | undefined;

  constructor(listens: boolean, inPipeline: boolean, onPress: (presses: number) => void) {
    this.#onPress = onPress;
    this.#inPipeline = inPipeline;
    if (listens) process.on('SIGINT', this.#listener);
    // Without a listener the process would end at once and leave the terminal without its cursor.
    if (listens) process.on('SIGTERM', inPipeline ? this.#listener : this.#onTerminate);
  }

  /** What the user wants now. `detach` holds once the time for a second press is over. */
  wish(now: number = Date.now()): Wish {
    if (this.#isTerminated) return 'leave';
    if (this.#presses === 0) return 'none';
    if (this.#inPipeline) return 'cancel';
    if (this.#presses === 1) return now - this.#firstAt >= GRACE_MS ? 'detach' : 'none';
    return this.#presses === 2 ? 'cancel' : 'leave';
  }

  /** Waits, or less when a key is pressed. */
  async sleep(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** What `work` gives, or undefined when the user leaves before: a service that is away is waited for, a user may not want to. */
  async during<T>(work: Promise<T>): Promise<T | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const left = new Promise<undefined>((resolve) => {
      timer = setInterval(() => {
        if (['detach', 'leave'].includes(this.wish())) resolve(undefined);
      }, LOOK_MS);
    });
    try {
      return await Promise.race([work, left]);
    } finally {
      clearInterval(timer);
    }
  }

  close(): void {
    process.off('SIGINT', this.#listener).off('SIGTERM', this.#listener).off('SIGTERM', this.#onTerminate);
  }

  #terminate(): void {
    this.#isTerminated = true;
    this.#wake?.();
  }

  #press(): void {
    this.#presses += 1;
    if (this.#presses === 1) this.#firstAt = Date.now();
    this.#onPress(this.#presses);
    this.#wake?.();
  }
}
