type Usage = { readonly user: number; readonly system: number };

const spent = ({ user, system }: Usage): number => (user + system) / 1000;

/**
 * Milliseconds of processor time that this thread took for the longest turn of its event loop while `work` was under way.
 * Processor time, because on a machine that others use too a turn takes as long as they let it.
 */
export async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let [longest, isOver] = [0, false];
  let last = process.threadCpuUsage();
  const turn = (): void => {
    const now = process.threadCpuUsage();
    longest = Math.max(longest, spent(now) - spent(last));
    last = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  try {
    await work();
  } finally {
    isOver = true;
  }
  return longest;
}

/** What the reader of Node takes longest for in a body of 4 MiB, the most that one may have. */
const TEXT = JSON.stringify('"'.repeat(2 * 1024 * 1024 - 1));

/**
 * Milliseconds of processor time that this core takes at the moment to read a body of 4 MiB at all, the least of three: 15 to 45
 * were seen on one machine. A busy neighbour takes caches and clock, also from processor time.
 */
export function readingTime(): number {
  const reads = Array.from({ length: 3 }, () => {
    const before = process.threadCpuUsage();
    JSON.parse(TEXT);
    return spent(process.threadCpuUsage()) - spent(before);
  });
  return Math.min(...reads);
}
