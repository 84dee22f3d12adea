import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds in which others may join: what happens to one run often happens to twenty regions of it at once. */
const OPEN = 5;
/** For what nobody should wait for longer: who asks while others are being answered asks together with those who do so too. */
export const AT_ONCE = 0;

type Round<Item, Answer> = { readonly items: Item[]; readonly answer: Promise<Answer> };

/**
 * Does for several callers at once what each of them asks for, one round of a name after the other. A round begins after
 * everybody in it has asked, so that nobody is given what was read, or written, before.
 */
export function gathered<Item, Answer>(
  work: (name: string, items: readonly Item[]) => Promise<Answer>,
  together = OPEN,
): (name: string, item: Item) => Promise<Answer> {
  const open = new Map<string, Round<Item, Answer>>();
  const last = new Map<string, Promise<unknown>>();
  const begin = async (name: string, items: readonly Item[]): Promise<Answer> => {
    await Promise.all([sleep(together), last.get(name)?.catch(() => undefined)]);
    open.delete(name);
    return await work(name, items);
  };
  return (name, item) => {
    const joined = open.get(name);
    if (joined !== undefined) {
      joined.items.push(item);
      return joined.answer;
    }
    const items = [item];
    const answer = begin(name, items);
    open.set(name, { items, answer });
    last.set(name, answer);
    const forget = (): void => {
      if (last.get(name) === answer) last.delete(name);
    };
    void answer.then(forget, forget);
    return answer;
  };
}
