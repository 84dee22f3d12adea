import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inOrder, join, leave, type Line, next, positionOf } from '../../../shared/requests/line.ts';
import type { BuildRequest } from '../../../shared/model/documents/documents.ts';
import { runId } from '../../../shared/model/convert.ts';
import { REF } from '../../support/sample-templates.ts';

const NOW = new Date('2026-11-25T12:00:00Z');
const id = (number: number) => runId(`00000000-0000-8000-8000-${String(number).padStart(12, '0')}`);
const request = (number: number, changes: Partial<BuildRequest> = {}): BuildRequest => ({
  schema: 1,
  id: id(number),
  key: String(number),
  ref: REF,
  reason: 'test',
  priority: 0,
  whenBusy: 'queue',
  acceptedAt: new Date(NOW.getTime() - 1_000_000 + number * 1000).toISOString(),
  state: 'waiting',
  ...changes,
});
const lineOf = (...requests: BuildRequest[]): Line => requests.reduce<Line>(join, []);

test('requests are built by priority, then by age, and not before their time', () => {
  const later = new Date(NOW.getTime() + 60_000).toISOString();
  const line = lineOf(
    request(1),
    request(2, { priority: 5 }),
    request(3, { priority: 5 }),
    request(4, { priority: 9, notBefore: later }),
  );
  assert.deepEqual(
    inOrder(line, NOW).map((entry) => entry.id),
    [2, 3, 1, 4].map(id),
  );
  assert.equal(positionOf(line, id(4), NOW), 4);
  assert.equal(next(line, NOW)?.id, id(2));
  assert.equal(next(line, new Date(later))?.id, id(4));
  assert.equal(next(lineOf(request(4, { notBefore: later })), NOW), undefined);
});

test('a request that coalesces takes the place of those that wait, and stands for them', () => {
  const coalesce = { whenBusy: 'coalesce' } as const;
  const line = lineOf(
    request(1, coalesce),
    request(2),
    request(3, { ...coalesce, priority: 3 }),
    request(4, coalesce),
  );
  assert.deepEqual(
    line.map((entry) => [entry.id, entry.replaces]),
    [
      [id(4), [id(1), id(3)]],
      [id(2), undefined],
    ],
  );
  assert.equal(line[0]?.priority, 3);
  assert.equal(line[0]?.acceptedAt, request(1).acceptedAt);
  assert.equal(positionOf(line, id(1), NOW), positionOf(line, id(4), NOW));
});

const arbitrary = fc
  .array(
    fc.record({
      number: fc.nat(8),
      priority: fc.integer({ min: -9, max: 9 }),
      whenBusy: fc.constantFrom('queue' as const, 'coalesce' as const),
    }),
    { maxLength: 30 },
  )
  .map((drafts) => drafts.map(({ number, ...rest }) => request(number, rest)));

test('every request that joins is in line exactly once, itself or through its replacement', () => {
  fc.assert(
    fc.property(arbitrary, (requests) => {
      const line = lineOf(...requests);
      const found = line.flatMap((entry) => [entry.id, ...(entry.replaces ?? [])]).sort();
      assert.deepEqual(found, [...new Set(requests.map((one) => one.id))].sort());
    }),
  );
});

test('joining twice changes nothing, and each leaves once', () => {
  fc.assert(
    fc.property(arbitrary, (requests) => {
      const line = lineOf(...requests);
      for (const one of requests) assert.equal(join(line, one), line);
      let rest = line;
      for (let entry = next(rest, NOW); entry !== undefined; entry = next(rest, NOW))
        rest = leave(rest, entry.id);
      assert.deepEqual(rest, []);
    }),
  );
});
