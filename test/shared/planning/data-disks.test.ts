import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { planDataDisks } from '../../../shared/planning/data-disks.ts';

test('every data disk gets a LUN of its own that the source does not use, the lowest first', () => {
  const taken = fc.uniqueArray(fc.nat(63));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 100 })), taken, (sizes, luns) => {
      const { dataDisks = [] } = planDataDisks(sizes, luns);
      assert.deepEqual(
        dataDisks.map(({ sizeGB }) => sizeGB),
        sizes,
      );
      const given = dataDisks.map(({ lun }) => lun);
      assert.equal(new Set([...given, ...luns]).size, sizes.length + luns.length);
      for (let lun = 0; lun < (given.at(-1) ?? 0); lun += 1)
        assert.ok(given.includes(lun) || luns.includes(lun), `LUN ${lun} was left out`);
    }),
  );
});
