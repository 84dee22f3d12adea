const RealDate = Date;
const HOUR = 3_600_000;
let shifts = 0;

/**
 * Runs `work` at another hour than every time before. Two replays take less than a millisecond, so that an orchestrator that
 * looks at the machine's clock would mostly see the same time in both, and seem to be deterministic.
 */
export async function atAnotherHour<T>(work: () => Promise<T>): Promise<T> {
  const shift = ++shifts * HOUR;
  const now = (): number => RealDate.now() + shift;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, given) => Reflect.construct(target, given.length === 0 ? [now()] : given),
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  });
  try {
    return await work();
  } finally {
    globalThis.Date = RealDate;
  }
}
