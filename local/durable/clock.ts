/** Time for the engine and for timer triggers, so that tests can make days pass at once. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `wake` once, not before `at`; returns how to call it off. */
  alarm(at: number, wake: () => void): () => void;
}

/** Node turns a longer delay into 1 ms. */
const LONGEST_DELAY = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  alarm(at, wake) {
    let handle: NodeJS.Timeout | undefined;
    const arm = (): void => {
      const delay = at - Date.now();
      if (delay > LONGEST_DELAY) handle = setTimeout(arm, LONGEST_DELAY);
      else handle = setTimeout(wake, Math.max(0, delay));
    };
    arm();
    return () => clearTimeout(handle);
  },
};
