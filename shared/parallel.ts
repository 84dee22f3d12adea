/** Requests at a time: enough to hide latency, few enough for one account and one process. */
const WIDTH = 32;

/**
 * `Promise.all` with at most `width` at a time: the next begins when any one ends, so that a slow one holds up nobody.
 * Results keep the order of the items. After a failure no other begins.
 */
export async function inParallel<A, B>(
  items: readonly A[],
  work: (item: A, index: number) => Promise<B>,
  width = WIDTH,
): Promise<B[]> {
  const results: B[] = [];
  const waiting = items.entries();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      if (failed) return;
      try {
        results[index] = await work(item, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}
