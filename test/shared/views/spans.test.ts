import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { TimelineEntry } from '../../../shared/model/documents/documents.ts';
import { gatesOf, spansOf, usualSeconds } from '../../../shared/views/spans.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const entry = (
  second: number,
  event: TimelineEntry['event'],
  more: Partial<TimelineEntry> = {},
): TimelineEntry => ({
  id: `${second}${more.step ?? ''}${event}`,
  at: at(second),
  phase: 'distribute',
  event,
  ...more,
});
const RUNNING = { state: 'Running', outputs: [] } as const;
const waits = { event: 'note', message: `Waits until ${at(60)} for an approval.` } as const;

test('a region begins as long before its end as its result says, or with its target', () => {
  const entries = [
    entry(0, 'started', { step: 'gallery' }),
    entry(50, 'succeeded', { step: 'gallery › westeurope', region: 'westeurope' }),
  ];
  const [, open] = spansOf(entries, RUNNING);
  assert.equal(open?.start, at(0));
  const regions = [{ region: 'westeurope', state: 'Completed', seconds: 20 }] as const;
  const outputs = [{ name: 'gallery', type: 'SharedImage', state: 'Succeeded', regions }] as const;
  const [, known] = spansOf(entries, { ...RUNNING, outputs });
  assert.equal(known?.start, at(30));
});

test('a gate is open until something of its target follows, and never after the run', () => {
  const gate = entry(10, 'note', { step: 'gallery › ring 1', ...waits });
  const other = entry(12, 'succeeded', { step: 'image' });
  assert.deepEqual(gatesOf([gate, other], RUNNING), [{ output: 'gallery', ring: 1, since: at(10) }]);
  const next = entry(20, 'succeeded', { step: 'gallery › northeurope', region: 'northeurope' });
  assert.deepEqual(gatesOf([gate, next], RUNNING), []);
  assert.deepEqual(gatesOf([gate], { state: 'Canceled' }), []);
  const [span] = spansOf([gate, next], RUNNING);
  assert.deepEqual([span?.state, span?.start, span?.end], ['succeeded', at(10), at(20)]);
});

test('a run that is over has no running bar, but its clean-up goes on', () => {
  const entries = [entry(0, 'started', { phase: 'customize' }), entry(5, 'started', { phase: 'clean up' })];
  const spans = spansOf(entries, { state: 'Canceled', endTime: at(6), outputs: [] });
  assert.deepEqual(
    spans.map(({ state, end }) => [state, end]),
    [
      ['stopped', at(6)],
      ['running', undefined],
    ],
  );
});

test('whatever is written, each phase and step is one bar that ends no earlier than it began', () => {
  const phases = fc.constantFrom('stage', 'customize', 'distribute');
  const events = fc.constantFrom('started', 'succeeded', 'failed', 'skipped', 'note');
  const step = fc.option(fc.constantFrom('a', 'b', 'a › west', 'a › ring 1'), { nil: undefined });
  const entries = fc.array(fc.record({ phase: phases, event: events, step }), { maxLength: 30 });
  fc.assert(
    fc.property(entries, fc.boolean(), (rows, isOver) => {
      const timeline = rows.map(({ step: name, ...row }, index) => ({
        ...{ id: String(index), at: at(index), ...row, message: waits.message },
        ...(name !== undefined && { step: name }),
      })) as TimelineEntry[];
      const run = isOver ? ({ state: 'Failed', endTime: at(99), outputs: [] } as const) : RUNNING;
      const spans = spansOf(timeline, run);
      const keys = spans.map(({ phase, step: name }) => `${phase}/${name}`);
      assert.equal(new Set(keys).size, keys.length);
      for (const { start, end } of spans) assert.ok(end === undefined || end >= start);
    }),
  );
});

test('the usual length is the middle one, whatever the order', () => {
  const span = (seconds: number) =>
    ({ phase: 'stage', state: 'succeeded', start: at(0), end: at(seconds) }) as const;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 9 }), (lengths) => {
      const usual = usualSeconds(lengths.map((seconds) => [span(seconds)]))['stage'] ?? Number.NaN;
      const below = lengths.filter((seconds) => seconds < usual).length;
      const above = lengths.filter((seconds) => seconds > usual).length;
      assert.ok(below <= lengths.length / 2 && above <= lengths.length / 2);
    }),
  );
});
