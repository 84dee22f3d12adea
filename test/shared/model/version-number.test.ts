import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareVersions, nextVersion, parseVersion } from '../../../shared/model/version-number.ts';

const now = new Date('2022-02-06T18:02:03Z');
const documented = ['0.1.1', '0.1.2', '1.0.0', '1.0.1', '1.1.0', '1.1.1', '1.2.0', '2.0.0', '2.0.1', '2.1.0'];

// The table of Azure's documentation: https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json#versioning
for (const [major, expected] of [
  [-1, '2.1.1'],
  [2, '2.1.1'],
  [1, '1.2.1'],
  [0, '0.1.3'],
  [7, '7.0.1'],
] as const) {
  test(`Latest with major ${major} continues after the documented versions at ${expected}`, () => {
    assert.equal(nextVersion({ scheme: 'Latest', major }, documented, '', now), expected);
  });
}

test('Latest starts an empty definition at 0.0.1', () => {
  assert.equal(nextVersion({ scheme: 'Latest', major: -1 }, [], '', now), '0.0.1');
});

test('Source takes the number of the source and raises the patch until it is free', () => {
  assert.equal(nextVersion({ scheme: 'Source' }, [], '12.20261123.0', now), '12.20261123.0');
  assert.equal(
    nextVersion({ scheme: 'Source' }, ['12.20261123.0', '12.20261123.1'], '12.20261123.0', now),
    '12.20261123.2',
  );
  assert.equal(nextVersion({ scheme: 'Source' }, [], '0.20348.2340.240303', now), '20348.2340.240303');
});

const part = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2_147_483_647 }));
const version = fc.tuple(part, part, part).map((parts) => parts.join('.'));

test('a new number was never taken, and Latest is always the highest of its major', () => {
  fc.assert(
    fc.property(fc.array(version, { maxLength: 30 }), fc.integer({ min: -1, max: 3 }), (taken, major) => {
      const next = nextVersion({ scheme: 'Latest', major }, taken, '', now);
      const parts = parseVersion(next);
      assert.ok(parts !== undefined && !taken.includes(next));
      const rivals = taken.map((name) => parseVersion(name)!).filter(([own]) => major < 0 || own === major);
      assert.ok(rivals.every((rival) => compareVersions(parts, rival) > 0));
    }),
  );
});

test('text that is not three 32-bit integers is no version', () => {
  for (const text of ['1.2', '1.2.3.4', '1.2.x', '1.2.2147483648', '-1.0.0', 'latest', ''])
    assert.equal(parseVersion(text), undefined);
});

test('Timestamp makes the number that Azure made before it had schemes, and never twice', () => {
  // The known pair of docs and samples: 0.25088.3355 is 2022-02-06 18:02:03 UTC.
  assert.equal(nextVersion({ scheme: 'Timestamp' }, [], '', now), '0.25088.3355');
  assert.equal(nextVersion({ scheme: 'Timestamp' }, ['0.25088.3355'], '', now), '0.25088.3356');
});
