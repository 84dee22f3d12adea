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
