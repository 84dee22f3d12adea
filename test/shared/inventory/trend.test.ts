import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { median, slowParts, trendOf, withRun } from '../../../shared/inventory/trend.ts';
import { runId } from '../../../shared/model/convert.ts';
import type { Run, TimelineEntry } from '../../../shared/model/documents/documents.ts';
import { MOST_RUNS, type TrendBook, type TrendRun } from '../../../shared/model/documents/trend.ts';
import { timestamp } from '../../../shared/model/time.ts';

const guid = (number: number) => runId(`00000000-0000-4000-8000-${String(number).padStart(12, '0')}`);
const at = (second: number) => timestamp(new Date(second * 1000));
const line = (second: number, phase: string, event: string, step?: string): TimelineEntry =>
  ({ id: `${phase}/${step}/${event}`, at: at(second), phase, event, ...(step && { step }) }) as TimelineEntry;

const build = (number: number, seconds: Record<string, number>): TrendRun => ({
  runId: guid(number),
  at: at(number),
  versions: [],
  seconds,
});
const book = (...runs: TrendRun[]): TrendBook => ({ schema: 1, runs });

test('durations are from the begin to the end of each phase and step', () => {
  const timeline = [
    line(0, 'customize', 'started'),
    line(0, 'customize', 'started', 'install'),
    line(90, 'customize', 'note', 'install'),
    line(96, 'customize', 'succeeded', 'install'),
    line(97, 'customize', 'succeeded'),
    line(97, 'generalize', 'started'),
    line(99, 'clean up', 'succeeded'),
  ];
  const run = {
    id: guid(1),
    startTime: at(0),
    endTime: at(100),
    outputs: [],
    state: 'Succeeded',
  } as unknown as Run;
  assert.deepEqual(trendOf(run, timeline).seconds, { run: 100, 'customize > install': 96, customize: 97 });
});

test('a step that took much longer than its last ten is named with its factor; its phase is not', () => {
  const last = Array.from({ length: 10 }, (_, index) =>
    build(index, { customize: 31, 'customize > install': 29 + (index % 3), provision: 40 }),
  );
  const now = build(11, { customize: 97, 'customize > install': 96, provision: 41 });
  assert.deepEqual(slowParts(book(...last), now), [
    {
      key: 'customize > install',
      message: '3.2× slower than the median of its last 10: 96 s instead of 30 s.',
    },
  ]);
});

test('few builds, short steps and new steps are no news', () => {
  const four = Array.from({ length: 4 }, (_, index) => build(index, { provision: 30 }));
  assert.deepEqual(slowParts(book(...four), build(9, { provision: 300 })), []);
  const quick = Array.from({ length: 10 }, (_, index) => build(index, { stage: 0.5 }));
  assert.deepEqual(slowParts(book(...quick), build(11, { stage: 5, 'customize > new': 500 })), []);
});

test('a book holds each run once, and the last ones only', () => {
  let all = book();
  for (let number = 0; number < MOST_RUNS + 5; number++) all = withRun(all, build(number, { run: number }));
  assert.equal(all.runs.length, MOST_RUNS);
  assert.equal(all.runs[0]?.runId, guid(5));
  const again = withRun(all, build(20, { run: 1 }));
  assert.equal(again.runs.filter((one) => one.runId === guid(20)).length, 1);
});

test('half of the values are not above a median, and half not below', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { minLength: 1 }), (values) => {
      const middle = median(values);
      assert.ok(values.filter((value) => value > middle).length <= values.length / 2);
      assert.ok(values.filter((value) => value < middle).length <= values.length / 2);
    }),
  );
});
