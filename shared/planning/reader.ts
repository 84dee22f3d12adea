/** How many look-ups of one template go at a time: it shares the identity's budget of reads with every build. */
const WIDTH = 4;

export type Reader = <T>(ask: () => Promise<T>) => Promise<T>;

/** Lets look-ups through a few at a time, in the order in which they were asked for. */
export function createReader(width = WIDTH): Reader {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (ask) => {
    if (running >= width) await new Promise<void>((go) => waiting.push(go));
    else running += 1;
    try {
      return await ask();
    } finally {
      // The place goes on to the next one, or is free.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
