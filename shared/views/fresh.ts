/** Milliseconds for which everybody is shown the same look: many open pages cost what one costs. */
const FRESH = 1500;
/** Looks at different things that are kept: more than pages that anybody has open. */
const KEPT = 200;

/** What was looked at under a key lately, or a look at it now. */
export type Fresh<T> = (key: string, look: () => Promise<T>) => Promise<T>;

/** `changes` counts what was changed here: nobody is shown what was seen before a change. */
export type Watch = { readonly now: () => Date; readonly changes: () => number };

/** `ms`: milliseconds. */
type Lasting = { readonly ms?: number; readonly changes?: Watch['changes'] };

/** One look for all who ask for the same within `ms`. A failure is nobody else's. */
export function createFresh<T>(now: () => Date, { ms = FRESH, changes = () => 0 }: Lasting = {}): Fresh<T> {
  const looks = new Map<string, Look<T>>();
  return (key, look) => {
    const [at, change] = [now().getTime(), changes()];
    const isFresh = (one: Look<T>): boolean => at - one.at < ms && at >= one.at && one.change === change;
    const last = looks.get(key);
    if (last !== undefined && isFresh(last)) return last.value;
    const value = look();
    // The newest comes last, so that the oldest are the first to go.
    looks.delete(key);
    looks.set(key, { at, change, value });
    for (const [old, one] of looks) {
      if (isFresh(one) && looks.size <= KEPT) break;
      looks.delete(old);
    }
    value.catch(() => {
      if (looks.get(key)?.value === value) looks.delete(key);
    });
    return value;
  };
}

type Look<T> = { readonly at: number; readonly change: number; readonly value: Promise<T> };
