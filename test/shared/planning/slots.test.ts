import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NO_SLOTS, placeOf, releaseSlots, takeSlot } from '../../../shared/planning/slots.ts';
import type { Slot, Slots } from '../../../shared/model/documents/documents.ts';
import { runId } from '../../../shared/model/convert.ts';
import { REF } from '../../support/sample-templates.ts';

const slot = (number: number, subscription = 0, priority = 0): Slot => ({
  runId: runId(`run-${String(number).padStart(3, '0')}`),
  ref: { ...REF, subscriptionId: `s${subscription}` },
  priority,
  since: new Date(1_000_000 + number).toISOString(),
});

test('builds go one after the other when the limit is one, in order of priority and age', () => {
  const limits = { total: 1, perSubscription: 0 };
  const first = takeSlot(NO_SLOTS, slot(1), limits);
  const second = takeSlot(first.slots, slot(2), limits);
  assert.equal(second.position, 1);
  const urgent = takeSlot(second.slots, slot(3, 0, 5), limits);
  assert.equal(urgent.position, 1);
  const { slots, next } = releaseSlots(urgent.slots, [slot(1).runId], limits);
  assert.deepEqual(next, [slot(3, 0, 5)], 'the urgent one is before the second');
  assert.equal(takeSlot(slots, slot(2), limits).position, 1);
  assert.deepEqual(takeSlot(slots, slot(3, 0, 5), limits), { slots }, 'it has its slot already');
});

test('a step of priority counts as much as an hour of waiting, so that urgent ones do not keep others out for ever', () => {
  const limits = { total: 1, perSubscription: 0 };
  const at = (one: Slot, hour: number): Slot => ({
    ...one,
    since: new Date(hour * 3_600_000).toISOString(),
  });
  let { slots } = takeSlot(NO_SLOTS, at(slot(1, 0, 9), 0), limits);
  ({ slots } = takeSlot(slots, at(slot(2), 0), limits));
  // Each hour one of priority 9 comes and one ends.
  const order = Array.from({ length: 12 }, (_, hour) => {
    const urgent = at(slot(10 + hour, 0, 9), hour + 1);
    ({ slots } = takeSlot(slots, urgent, limits));
    const released = releaseSlots(
      slots,
      slots.active.map(({ runId }) => runId),
      limits,
    );
    slots = released.slots;
    return released.next[0]?.runId;
  });
  assert.equal(order.indexOf(slot(2).runId), 8, order.join(' '));
});

test('a full subscription does not hold up another one', () => {
  const limits = { total: 3, perSubscription: 1 };
  const first = takeSlot(NO_SLOTS, slot(1, 1), limits);
  const waits = takeSlot(first.slots, slot(2, 1), limits);
  assert.equal(waits.position, 1);
  assert.equal(takeSlot(waits.slots, slot(3, 2), limits).position, undefined);
});

test('what is given back goes to all that fit, over the subscriptions, and to nobody else', () => {
  const limits = { total: 4, perSubscription: 2 };
  let slots = NO_SLOTS;
  for (const number of [1, 2, 3, 4]) ({ slots } = takeSlot(slots, slot(number, number % 2), limits));
  for (const number of [5, 7, 9]) ({ slots } = takeSlot(slots, slot(number, 1), limits));
  for (const number of [6]) ({ slots } = takeSlot(slots, slot(number, 0), limits));
  const { next, slots: after } = releaseSlots(slots, [slot(1).runId, slot(2).runId], limits);
  assert.deepEqual(
    next.map(({ runId }) => runId),
    [slot(5).runId, slot(6).runId],
  );
  assert.deepEqual([placeOf(after, slot(7).runId), placeOf(after, slot(9).runId)], [1, 2]);
  assert.equal(placeOf(after, slot(5).runId), undefined);
});

test('the limits hold whatever the order of asking and ending, and everybody gets a turn without asking again', () => {
  const steps = fc.array(fc.record({ number: fc.nat(12), ends: fc.boolean() }), { maxLength: 60 });
  const limit = fc.record({
    total: fc.integer({ min: 1, max: 4 }),
    perSubscription: fc.integer({ min: 1, max: 2 }),
  });
  fc.assert(
    fc.property(steps, limit, (list, limits) => {
      let slots: Slots = NO_SLOTS;
      const asked = new Set<number>();
      const within = () => {
        assert.ok(slots.active.length <= limits.total);
        for (const one of [0, 1, 2]) {
          const inOne = slots.active.filter(({ ref }) => ref.subscriptionId === `s${one}`);
          assert.ok(inOne.length <= limits.perSubscription);
        }
        const all = [...slots.active, ...slots.waiting].map(({ runId }) => runId);
        assert.equal(new Set(all).size, all.length, 'nobody is there twice');
      };
      for (const { number, ends } of list) {
        const one = slot(number, number % 3, number % 2);
        const isActive = slots.active.some(({ runId }) => runId === one.runId);
        if (ends && isActive) ({ slots } = releaseSlots(slots, [one.runId], limits));
        else if (!asked.has(number)) ({ slots } = takeSlot(slots, one, limits));
        asked.add(number);
        within();
      }
      // What builds ends, one after the other: that alone lets everybody have a turn.
      for (let round = 0; slots.active.length > 0; round += 1) {
        assert.ok(round < 20);
        const [first] = slots.active;
        ({ slots } = releaseSlots(slots, first === undefined ? [] : [first.runId], limits));
        within();
      }
      assert.deepEqual(slots.waiting, []);
    }),
  );
});

test('of those that wait everybody is admitted who fits after those before, however many are alike', () => {
  const wish = fc.record({
    family: fc.constantFrom('a', 'B'),
    count: fc.constantFrom(2, 4),
    total: fc.constantFrom(4, 8),
  });
  const waiting = fc.array(
    fc.record({ subscription: fc.nat(1), priority: fc.nat(1), wish: fc.option(wish) }),
    {
      maxLength: 20,
    },
  );
  const limit = fc.record({ total: fc.nat(6), perSubscription: fc.nat(3) });
  fc.assert(
    fc.property(waiting, limit, (list, limits) => {
      const line = list.map(({ subscription, priority, wish: one }, number) => ({
        ...slot(number, subscription, priority),
        ...(one && { cores: { subscriptionId: 's', location: 'westeurope', ofFamily: 6, ...one } }),
      }));
      const all = releaseSlots({ schema: 1, active: [], waiting: line }, [], limits);
      // One at a time: whoever is first of those that fit alone, until nobody is.
      let slots: Slots = { schema: 1, active: [], waiting: line };
      const oneByOne: Slot[] = [];
      const sorted = line.toSorted((a, b) => b.priority - a.priority || a.since.localeCompare(b.since));
      for (const one of sorted) {
        const others = slots.waiting.filter(({ runId: id }) => id !== one.runId);
        const { next, slots: after } = releaseSlots({ ...slots, waiting: [one] }, [], limits);
        oneByOne.push(...next);
        slots = { ...after, waiting: [...after.waiting, ...others] };
      }
      assert.deepEqual(all.next, oneByOne);
    }),
  );
});

test('asking again takes no second place in line', () => {
  const limits = { total: 1, perSubscription: 0 };
  const first = takeSlot(NO_SLOTS, slot(1), limits);
  const once = takeSlot(first.slots, slot(2), limits);
  assert.deepEqual(takeSlot(once.slots, slot(2), limits), once);
});

test('a subscription is the same in upper and lower case', () => {
  const limits = { total: 0, perSubscription: 1 };
  const written = (number: number, subscriptionId: string): Slot => ({
    ...slot(number),
    ref: { ...REF, subscriptionId },
  });
  const first = takeSlot(NO_SLOTS, written(1, 'AB'), limits);
  assert.equal(takeSlot(first.slots, written(2, 'ab'), limits).position, 1);
  const other = takeSlot(NO_SLOTS, written(1, 'ab'), limits);
  assert.equal(takeSlot(other.slots, written(2, 'AB'), limits).position, 1);
});
