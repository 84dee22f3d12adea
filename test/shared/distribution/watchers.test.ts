import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isFinal } from '../../../shared/distribution/publication.ts';
import { newlySettled } from '../../../shared/distribution/watchers.ts';
import type { RegionProgress } from '../../../shared/model/documents/documents.ts';

const states = ['Waiting', 'Replicating', 'Completed', 'Failed', 'TimedOut'] as const;
const progress = fc.uniqueArray(
  fc.record({
    region: fc.constantFrom('westeurope', 'northeurope', 'eastus', 'uksouth'),
    state: fc.constantFrom(...states),
    repairs: fc.constant(0),
  }),
  { selector: ({ region }) => region },
);
const publication = fc.record({ attempt: fc.nat(2), regions: progress });
const isSettled = (regions: readonly RegionProgress[], name: string) =>
  regions.some((one) => one.region === name && isFinal(one));

test('exactly the watchers whose region came to its end since the look before are told, each once', () => {
  fc.assert(
    fc.property(publication, publication, (before, after) => {
      const told = newlySettled(before, after).map(({ region }) => region);
      assert.equal(new Set(told).size, told.length);
      for (const { region } of after.regions) {
        const knewIt = before.attempt === after.attempt && isSettled(before.regions, region);
        assert.equal(told.includes(region), isSettled(after.regions, region) && !knewIt);
      }
    }),
  );
});
