import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Slot, Slots } from '../../../shared/model/documents/documents.ts';
import { runId } from '../../../shared/model/convert.ts';
import { coresFit, foreignUsages, heldIn, wishOf, withCores } from '../../../shared/planning/cores.ts';
import { NO_SLOTS, releaseCores, releaseSlots, takeSlot } from '../../../shared/planning/slots.ts';
import { REF } from '../../support/sample-templates.ts';

const LIMITS = { total: 0, perSubscription: 0 };
const FAMILY = 'standardDASv5Family';
const place = { subscriptionId: 's', location: 'westeurope', family: FAMILY };
const usages = (used: number, limit: number) => [
  { name: 'cores', used, limit },
  { name: FAMILY, used, limit },
];

const slot = (number: number): Slot => ({
  runId: runId(`run-${String(number).padStart(3, '0')}`),
  ref: REF,
  priority: 0,
  since: new Date(1_000_000 + number).toISOString(),
});

/** What a run does: it takes its cores, or goes back in line for them. */
function ask(slots: Slots, number: number, used: number, limit: number, count = 2): Slots {
  const run = { ...slot(number), cores: wishOf({ ...place, count }, usages(used, limit), slots) };
  return coresFit(slots, run) ? withCores(slots, run) : takeSlot(slots, run, LIMITS).slots;
}

test('what the runs of Kiln hold is not in use by others', () => {
  const slots = ask(NO_SLOTS, 1, 0, 10);
  assert.deepEqual(
    foreignUsages(usages(8, 10), slots, place).map(({ used }) => used),
    [6, 6],
  );
  assert.deepEqual(wishOf({ ...place, count: 2 }, usages(8, 10), slots), {
    ...place,
    count: 2,
    total: 4,
    ofFamily: 4,
  });
  assert.deepEqual(heldIn(slots, { ...place, location: 'WestEurope' }), { total: 2, ofFamily: 2 });
  assert.deepEqual(heldIn(slots, { ...place, location: 'eastus' }), { total: 0, ofFamily: 0 });
});

test('runs never hold more than others leave, and each gets its turn by those before it going', () => {
  const builds = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(builds, fc.integer({ min: 4, max: 12 }), fc.nat(3), (counts, limit, foreign) => {
      let slots: Slots = NO_SLOTS;
      const holds = () => heldIn(slots, place).total;
      const within = () => assert.ok(holds() <= limit - foreign || (slots.cores?.length ?? 0) === 1);
      for (const [number, count] of counts.entries()) {
        slots = ask(slots, number, holds() + foreign, limit, count);
        within();
      }
      const gone = new Set<string>();
      for (let round = 0; gone.size < counts.length; round += 1) {
        assert.ok(round <= counts.length, 'somebody waits for ever');
        const [first] = slots.cores ?? [];
        if (first === undefined) break;
        gone.add(first.runId);
        ({ slots } = releaseSlots(slots, [first.runId], LIMITS));
        ({ slots } = releaseCores(slots, [first.runId], LIMITS));
        within();
      }
      assert.equal(gone.size, counts.length);
      assert.deepEqual(slots, NO_SLOTS);
    }),
  );
});

test('a run that found its cores in use gives its slot to others while it waits', () => {
  const limits = { total: 2, perSubscription: 0 };
  const first = withCores(takeSlot(NO_SLOTS, slot(1), limits).slots, {
    ...slot(1),
    cores: { ...place, count: 2, total: 2 },
  });
  const second = takeSlot(first, slot(2), limits).slots;
  const wish = wishOf({ ...place, count: 2 }, usages(2, 2), second);
  const { slots, position } = takeSlot(second, { ...slot(2), cores: wish }, limits);
  assert.equal(position, 1);
  assert.equal(takeSlot(slots, slot(3), limits).position, undefined, 'the slot is free for another');
  assert.deepEqual(
    releaseCores(slots, [slot(1).runId], limits).next.map(({ runId: id }) => id),
    [slot(2).runId],
  );
});
