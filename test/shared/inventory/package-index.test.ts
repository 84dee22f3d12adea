import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { runId } from '../../../shared/model/convert.ts';
import {
  EMPTY_SHARD,
  fold,
  type GoneNote,
  hitsOf,
  type ImageNote,
  type IndexShard,
  shardOf,
  SHARDS,
} from '../../../shared/model/documents/package-index.ts';
import { timestamp } from '../../../shared/model/time.ts';

const NAMES = ['openssl', 'libssl3', 'nginx', 'Bash', 'constructor', '__proto__'];
const guid = (number: number) => runId(`00000000-0000-4000-8000-${String(number).padStart(12, '0')}`);
const ref = (name: string) => ({ subscriptionId: 's', resourceGroup: 'g', name });
const at = (second: number) => timestamp(new Date(second * 1000));

const notes: fc.Arbitrary<ImageNote> = fc
  .record({
    run: fc.nat(6),
    template: fc.constantFrom('web', 'api'),
    second: fc.nat(9),
    packages: fc.array(
      fc.tuple(
        fc.constantFrom('deb' as const, 'rpm' as const),
        fc.constantFrom(...NAMES),
        fc.constantFrom('1', '2'),
        fc.constantFrom('openssl', undefined),
      ),
      { maxLength: 5 },
    ),
  })
  .map(({ run, template, second, packages }) => ({
    schema: 1,
    image: {
      ref: ref(template),
      runId: guid(run),
      at: at(second),
      versions: [`1.0.${run}`],
      os: 'debian 12',
    },
    packages: packages.map(([type, name, version, source]) =>
      source === undefined || source === name
        ? ([type, name, version] as const)
        : ([type, name, version, source] as const),
    ),
  }));
const tombs: fc.Arbitrary<GoneNote> = fc
  .record({ template: fc.constantFrom('web', 'api'), second: fc.nat(9) })
  .map(({ template, second }) => ({ schema: 1, gone: ref(template), at: at(second) }));
const round = fc.record({
  // The newest note of a run is the only one that its blob holds.
  notes: fc
    .array(notes, { maxLength: 5 })
    .map((all) => [...new Map(all.map((one) => [one.image.runId, one])).values()]),
  gone: fc.array(tombs, { maxLength: 1 }),
});

const plain = (hits: ReturnType<typeof hitsOf>) =>
  hits
    .map(({ image, packages }) =>
      [image.runId, ...new Set(packages.map((one) => one.join(' ')))].sort().join(';'),
    )
    .sort();

test('what is found does not change when the new notes are folded, and a second fold changes nothing', () => {
  fc.assert(
    fc.property(fc.array(round, { maxLength: 4 }), fc.constantFrom(...NAMES), (rounds, name) => {
      let shard: IndexShard = EMPTY_SHARD;
      const number = shardOf(name);
      for (const { notes: fresh, gone } of rounds) {
        const before = plain(hitsOf(name, shard, fresh, gone));
        shard = JSON.parse(JSON.stringify(fold(shard, number, fresh, gone)));
        assert.deepEqual(plain(hitsOf(name, shard, [], [])), before);
        assert.deepEqual(fold(shard, number, [], []), shard);
      }
    }),
  );
});

test('a package is found by its own name and by that of its source, in any case', () => {
  const note: ImageNote = {
    schema: 1,
    image: { ref: ref('web'), runId: guid(1), at: at(1), versions: [], os: 'debian 12' },
    packages: [['deb', 'libssl3', '3.0.15', 'openssl']],
  };
  const found = (name: string) => {
    const shard = fold(EMPTY_SHARD, shardOf(name), [note], []);
    return hitsOf(name, shard, [], []).flatMap(({ packages }) => packages.map((one) => one.join(' ')));
  };
  assert.deepEqual(found('OpenSSL'), ['deb libssl3 3.0.15 openssl']);
  assert.deepEqual(found('libssl3'), ['deb libssl3 3.0.15 openssl']);
  assert.deepEqual(found('constructor'), []);
});

test('names are spread over the shards', () => {
  const used = new Set(Array.from({ length: 1000 }, (_, index) => shardOf(`package-${index}`)));
  assert.equal(used.size, SHARDS);
});
