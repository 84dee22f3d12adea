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

const TEXT = JSON.stringify(
  Array.from({ length: 200_000 }, (_, index) => ({ name: `field${index}`, index })),
);
/** The least that reading TEXT was seen to take on the machine for which the tests' bounds were written: 95 to 163 ms, which others use too. */
const USUAL_MS = 95;

/** How many times slower this core is at the moment, 1 at least: a busy neighbour takes caches and clock, also from processor time. */
export function slowness(): number {
  const reads = Array.from({ length: 3 }, () => {
    const before = process.threadCpuUsage();
    JSON.parse(TEXT);
    return spent(process.threadCpuUsage()) - spent(before);
  });
  return Math.max(1, Math.min(...reads) / USUAL_MS);
}
