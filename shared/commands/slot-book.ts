import { NO_SLOTS } from '../planning/slots.ts';
import type { Slots } from '../model/documents/documents.ts';
import type { Store, Stored } from '../ports/store.ts';
import { repeatLostRace } from '../ports/lost-race.ts';

/** What a change of the slots makes of them, and its answer. */
export type Changed<T> = { readonly slots: Slots; readonly answer: T };
type Change<T> = (slots: Slots) => Promise<Changed<T>>;

/**
 * Rounds against other processes: a deployment has some dozens at most, and each round of one of them carries all changes
 * that its process has. Giving a slot back must not fail: it would end a build that is captured already.
 */
const ROUNDS = 200;

type Waiting = {
  readonly apply: (slots: Slots) => Promise<Slots>;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
};

/** A change that cannot be made, as of a run that cannot be read: it must not take along those that wait beside it. */
class Impossible extends Error {
  readonly change: Waiting;

  constructor(change: Waiting, cause: unknown) {
    super('A change of the slots cannot be made.', { cause });
    this.change = change;
  }
}

const books = new WeakMap<Store, { waiting: Waiting[]; busy: boolean }>();

/**
 * Changes the one document of all slots. Changes of one process that wait at the same moment go in one write, in the order
 * in which they came: a thousand builds that end together cost a few writes, not a race of each with each.
 */
export async function changeSlots<T>(store: Store, change: Change<T>): Promise<T> {
  const book = books.get(store) ?? { waiting: [], busy: false };
  books.set(store, book);
  let answer: { readonly is: T } | undefined;
  const written = new Promise<void>((done, failed) => {
    const apply = async (slots: Slots): Promise<Slots> => {
      const changed = await change(slots);
      answer = { is: changed.answer };
      return changed.slots;
    };
    book.waiting.push({ apply, done, failed });
  });
  if (!book.busy) void writeAll(store, book);
  await written;
  if (answer === undefined) throw new Error('A change of the slots was written without being made.');
  return answer.is;
}

async function writeAll(store: Store, book: { waiting: Waiting[]; busy: boolean }): Promise<void> {
  book.busy = true;
  try {
    while (book.waiting.length > 0) await writeTogether(store, book.waiting.splice(0));
  } finally {
    book.busy = false;
  }
}

async function writeTogether(store: Store, changes: readonly Waiting[]): Promise<void> {
  const change = async (before: Slots): Promise<Slots> => {
    let slots = before;
    for (const one of changes)
      slots = await one.apply(slots).catch((error: unknown) => {
        throw new Impossible(one, error);
      });
    return slots;
  };
  const write = async (): Promise<void> => {
    const known = store.slots.recall();
    const guess = known && (await change(known.value));
    // Only a change is proved by its write: that there is nothing to change has to be read.
    if (known !== undefined && guess !== undefined && guess !== known.value)
      return await save(store, known, guess);
    const stored = await store.slots.get();
    await save(store, stored, await change(stored?.value ?? NO_SLOTS));
  };
  try {
    await repeatLostRace(false, write, { what: 'The list of builds at work', rounds: ROUNDS });
    for (const { done } of changes) done();
  } catch (error) {
    if (!(error instanceof Impossible)) for (const { failed } of changes) failed(error);
    else {
      error.change.failed(error.cause);
      const others = changes.filter((one) => one !== error.change);
      if (others.length > 0) await writeTogether(store, others);
    }
  }
}

async function save(store: Store, stored: Stored<Slots> | undefined, slots: Slots): Promise<void> {
  if (stored === undefined ? slots === NO_SLOTS : stored.value === slots) return;
  await store.slots.put(slots, stored === undefined ? 'absent' : { etag: stored.etag });
}
