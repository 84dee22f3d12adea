/** Rejects after `ms`, as Azure fails an invocation that outlives functionTimeout. The work itself cannot be stopped. */
export async function withDeadline<T>(work: Promise<T>, ms: number, name: string): Promise<T> {
  // Node turns a longer delay into 1 ms.
  if (ms >= 2 ** 31) return work;
  let handle: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const text = `Timeout value of ${Math.round(ms / 1000)} s was exceeded by function: ${name}`;
    handle = setTimeout(() => reject(new Error(text)), ms);
    // Without it a hung function would keep the process alive at the end.
    handle.unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(handle);
  }
}
