/** Requests at a time: enough to hide latency, few enough for one account and one process. */
const WIDTH = 32;

/** `Promise.all` with at most `width` at a time; results keep the order of the items. */
export async function inParallel<A, B>(
  items: readonly A[],
  work: (item: A, index: number) => Promise<B>,
  width = WIDTH,
): Promise<B[]> {
  const results: B[] = [];
  for (let start = 0; start < items.length; start += width) {
    const batch = items.slice(start, start + width);
    results.push(...(await Promise.all(batch.map((item, index) => work(item, start + index)))));
  }
  return results;
}
