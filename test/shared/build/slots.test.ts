import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NO_SLOTS, releaseSlots, takeSlot } from '../../../shared/build/slots.ts';
import type { Slot, Slots } from '../../../shared/store/documents.ts';
import { runId } from '../../../shared/template/convert.ts';
import { REF } from '../../support/sample-templates.ts';

const slot = (number: number, subscription = 0, priority = 0): Slot => ({
  runId: runId(`run-${String(number).padStart(3, '0')}`),
  ref: { ...REF, subscriptionId: `s${subscription}` },
  priority,
  since: new Date(1_000_000 + number).toISOString(),
});

test('builds go one after the other when the limit is one, in order of priority and age', () => {
  const limits = { total: 1, perSubscription: 0 };
  let { slots } = takeSlot(NO_SLOTS, slot(1), limits);
  const second = takeSlot(slots, slot(2), limits);
  assert.equal(second.position, 1);
  const urgent = takeSlot(second.slots, slot(3, 0, 5), limits);
  assert.equal(urgent.position, 1);
  slots = releaseSlots(urgent.slots, [slot(1).runId]);
  assert.equal(takeSlot(slots, slot(2), limits).position, 2, 'the urgent one is before it');
  const turn = takeSlot(slots, slot(3, 0, 5), limits);
  assert.equal(turn.position, undefined);
});

test('a full subscription does not hold up another one', () => {
  const limits = { total: 3, perSubscription: 1 };
  const first = takeSlot(NO_SLOTS, slot(1, 1), limits);
  const waits = takeSlot(first.slots, slot(2, 1), limits);
  assert.equal(waits.position, 1);
  assert.equal(takeSlot(waits.slots, slot(3, 2), limits).position, undefined);
});

type Step = { number: number; ends: boolean };

test('the limits hold whatever the order of asking and ending, and everybody gets a turn', () => {
  const steps = fc.array(fc.record({ number: fc.nat(12), ends: fc.boolean() }), { maxLength: 60 });
  const limit = fc.record({
    total: fc.integer({ min: 1, max: 4 }),
    perSubscription: fc.integer({ min: 1, max: 2 }),
  });
  fc.assert(
    fc.property(steps, limit, (list, limits) => {
      let slots: Slots = NO_SLOTS;
      const ended = new Set<number>();
      const within = () => {
        assert.ok(slots.active.length <= limits.total);
        for (const one of [0, 1, 2])
          assert.ok(
            slots.active.filter(({ ref }) => ref.subscriptionId === `s${one}`).length <=
              limits.perSubscription,
          );
      };
      const step = ({ number, ends }: Step) => {
        if (ended.has(number)) return;
        const one = slot(number, number % 3, number % 2);
        if (ends && slots.active.some(({ runId }) => runId === one.runId)) {
          ended.add(number);
          slots = releaseSlots(slots, [one.runId]);
        } else ({ slots } = takeSlot(slots, one, limits));
        within();
      };
      list.forEach(step);
      // Everybody asks again and again, and what builds ends.
      for (let round = 0; round < 40; round += 1)
        for (const number of new Set(list.map((one) => one.number))) {
          step({ number, ends: false });
          step({ number, ends: true });
        }
      assert.deepEqual([slots.active, slots.waiting], [[], []]);
    }),
  );
});
