import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { changeSlots } from '../../../shared/commands/slot-book.ts';
import { askForSlot, giveSlotBack } from '../../../shared/commands/slots.ts';
import { createBlobStore } from '../../../shared/store/blob-store.ts';
import type { Run, RunState, Slot } from '../../../shared/model/documents/documents.ts';
import type { Store } from '../../../shared/ports/store.ts';
import { runId } from '../../../shared/model/convert.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';
import { REF } from '../../support/sample-templates.ts';

const slot = (number: number, subscriptionId = REF.subscriptionId): Slot => ({
  runId: runId(`00000000-0000-4000-8000-${String(number).padStart(12, '0')}`),
  ref: { ...REF, subscriptionId, name: `t${number}` },
  priority: 0,
  since: new Date(Date.UTC(2026, 10, 25) + number).toISOString(),
});

describe('the slots of a deployment', () => {
  let azurite: Azurite;
  let store: Store;
  before(async () => {
    azurite = await startAzurite();
  });
  after(() => azurite.stop());
  beforeEach(async () => {
    store = createBlobStore(await azurite.container());
  });

  async function start({ ref, runId: id, since }: Slot, state: RunState = 'Running'): Promise<void> {
    const summary = { id, state, startTime: since, message: '' };
    const run: Run = { ...summary, schema: 1, ref, revision: 1, reason: 'test', outputs: [] };
    await store.runs.create(run);
  }
  const holders = async (): Promise<readonly Slot[]> => (await store.slots.get())?.value.active ?? [];

  test('are given back though a change that waits at the same moment cannot be made', async () => {
    const limits = { total: 1, perSubscription: 0 };
    const [first, second] = [slot(1), slot(2)];
    await start(first);
    await askForSlot(store, first, limits);
    const busy = changeSlots(store, (slots) => Promise.resolve({ slots, answer: 'looked' }));
    const unreadable = changeSlots(store, () => Promise.reject(new Error('a run that cannot be read')));
    const given = giveSlotBack(store, first.runId, limits);
    const asked = changeSlots(store, (slots) => Promise.resolve({ slots, answer: slots.active.length }));
    await assert.rejects(unreadable, /a run that cannot be read/);
    assert.equal(await busy, 'looked');
    assert.deepEqual(await given, []);
    assert.equal(await asked, 0, 'in the order in which they came');
    assert.equal(await askForSlot(store, second, limits), undefined);
  });

  test('are never more than the limits, when everybody asks and ends at the same moment', async () => {
    const limits = { total: 3, perSubscription: 2 };
    const all = Array.from({ length: 12 }, (_, index) => slot(index, `s${index % 3}`));
    for (const one of all) await start(one);
    let most = 0;
    const built = new Set<string>();
    /** From the first look to the end, as a run does it; losers of many races in a row look again. */
    const build = async (one: Slot): Promise<void> => {
      for (;;) {
        const position = await askForSlot(store, one, limits).catch(() => -1);
        if (position === undefined) break;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const active = await holders();
      most = Math.max(most, active.length);
      assert.ok(active.length <= limits.total, `${active.length} at a time`);
      for (const { ref } of active) {
        const same = active.filter((other) => other.ref.subscriptionId === ref.subscriptionId);
        assert.ok(same.length <= limits.perSubscription);
      }
      assert.ok(active.some(({ runId: id }) => id === one.runId));
      built.add(one.runId);
      for (;;) {
        const isDone = await giveSlotBack(store, one.runId, limits).then(
          () => true,
          () => false,
        );
        if (isDone) break;
      }
    };
    await Promise.all(all.map(build));
    assert.deepEqual([built.size, most], [all.length, limits.total]);
    assert.deepEqual((await store.slots.get())?.value, { schema: 1, active: [], waiting: [] });
  });

  test('go to the next in line the moment that one is given back', async () => {
    const limits = { total: 1, perSubscription: 0 };
    for (const one of [1, 2, 3]) await start(slot(one));
    assert.equal(await askForSlot(store, slot(1), limits), undefined);
    assert.equal(await askForSlot(store, slot(2), limits), 1);
    assert.equal(await askForSlot(store, slot(3), limits), 2);
    assert.deepEqual(await giveSlotBack(store, slot(1).runId, limits), [slot(2)]);
    assert.deepEqual(await giveSlotBack(store, slot(1).runId, limits), [], 'twice is once');
    assert.deepEqual(
      (await holders()).map(({ runId: id }) => id),
      [slot(2).runId],
    );
    assert.equal(await askForSlot(store, slot(2), limits), undefined);
    assert.equal(await askForSlot(store, slot(3), limits), 1);
  });

  test('of a run that waits and is canceled leave no gap in the line', async () => {
    const limits = { total: 1, perSubscription: 0 };
    for (const one of [1, 2, 3]) {
      await start(slot(one));
      await askForSlot(store, slot(one), limits);
    }
    assert.deepEqual(await giveSlotBack(store, slot(2).runId, limits), []);
    assert.equal(await askForSlot(store, slot(3), limits), 1);
  });

  test('of runs that died without giving them back go to whoever is first in line', async () => {
    const limits = { total: 2, perSubscription: 0 };
    await start(slot(1), 'Failed');
    // Its template was deleted, and the run with it.
    const gone = slot(2);
    await start(slot(3));
    for (const one of [slot(1), gone]) assert.equal(await askForSlot(store, one, limits), undefined);
    assert.equal(await askForSlot(store, slot(3), limits), undefined);
    assert.deepEqual(
      (await holders()).map(({ runId: id }) => id),
      [slot(3).runId],
    );
  });

  test('that are not free yet cost a run in the middle of the line no request, and the first in line no more than it has to', async () => {
    const limits = { total: 2, perSubscription: 0 };
    for (const one of [1, 2, 3, 4, 5]) {
      await start(slot(one));
      await askForSlot(store, slot(one), limits);
    }
    const asked: string[] = [];
    const noted = async <T>(name: string, answer: Promise<T>): Promise<T> => {
      asked.push(name);
      return answer;
    };
    const { slots, runs } = store;
    const counted: Store = {
      ...store,
      slots: {
        recall: (maxAge) => slots.recall(maxAge),
        get: () => noted('read', slots.get()),
        put: (...to) => noted('write', slots.put(...to)),
      },
      runs: { ...runs, get: (...which) => noted('run', runs.get(...which)) },
    };
    assert.equal(await askForSlot(counted, slot(5), limits), 3);
    assert.deepEqual(asked, []);
    assert.equal(await askForSlot(counted, slot(3), limits), 1);
    assert.deepEqual(asked, ['read'], 'runs that this process has seen at work a minute ago are not read');
  });

  test('are given back by a thousand builds that end together in a few writes, and none of them fails', async () => {
    const limits = { total: 1000, perSubscription: 0 };
    const all = Array.from({ length: 1000 }, (_, index) => slot(index));
    await store.slots.put({ schema: 1, active: all, waiting: [] }, 'absent');
    // Two processes share the document, and nothing else.
    const writes: string[] = [];
    const process = (name: string): Store => ({
      ...store,
      slots: {
        get: () => store.slots.get(),
        recall: () => undefined,
        put: async (slots, condition) => {
          await store.slots.put(slots, condition);
          writes.push(name);
        },
      },
    });
    const processes = [process('one'), process('two')];
    await Promise.all(
      all.map(({ runId: id }, index) => giveSlotBack(processes[index % 2] ?? store, id, limits)),
    );
    assert.deepEqual((await store.slots.get())?.value, { schema: 1, active: [], waiting: [] });
    assert.ok(writes.length <= 10, `${writes.length} writes`);
  });

  test('are not counted when there is no limit', async () => {
    assert.equal(await askForSlot(store, slot(1), { total: 0, perSubscription: 0 }), undefined);
    assert.equal(await store.slots.get(), undefined);
  });
});
