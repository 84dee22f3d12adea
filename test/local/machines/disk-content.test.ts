import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { roundUpToMiB, spansOf, type Stretch } from '../../../local/machines/disk-content.ts';

const MIB = 1024 * 1024;

test('a size is rounded up to the next whole MiB, never by a MiB or more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 45 }), (bytes) => {
      const rounded = roundUpToMiB(bytes);
      assert.ok(rounded % MIB === 0 && rounded >= bytes && rounded - bytes < MIB);
    }),
  );
});

/** In order and without overlap, as a map of a disk tells them. */
const changes: fc.Arbitrary<Stretch[]> = fc
  .array(fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 60 }), fc.boolean()), { maxLength: 30 })
  .map((parts) => {
    let at = 0;
    return parts.map(([gap, length, zero]) => {
      const offset = at + gap;
      at = offset + length;
      return { offset, length, zero };
    });
  });
const limits = fc.record({ gap: fc.nat(20), longest: fc.integer({ min: 1, max: 50 }) });
const covers = (spans: readonly Stretch[], at: number): Stretch | undefined =>
  spans.find(({ offset, length }) => offset <= at && at < offset + length);

test('the requests for a disk cover every change, in order, without overlap and within the limits', () => {
  fc.assert(
    fc.property(changes, limits, (pieces, limit) => {
      const spans = spansOf(pieces, limit);
      for (const [index, span] of spans.entries()) {
        const before = spans[index - 1];
        assert.ok(before === undefined || before.offset + before.length <= span.offset);
        assert.ok(span.length > 0 && (span.zero || span.length <= limit.longest));
      }
      for (const { offset, length, zero } of pieces)
        for (const at of [offset, offset + length - 1]) assert.equal(covers(spans, at)?.zero, zero);
    }),
  );
});

test('what is sent between two changes is never more than the gap', () => {
  fc.assert(
    fc.property(changes, limits, (pieces, limit) => {
      const sum = (stretches: readonly Stretch[]) =>
        stretches.reduce((total, { length }) => total + length, 0);
      const extra = sum(spansOf(pieces, limit)) - sum(pieces);
      assert.ok(extra >= 0 && extra <= limit.gap * Math.max(0, pieces.length - 1));
    }),
  );
});
