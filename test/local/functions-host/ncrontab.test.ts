import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseSchedule } from '../../../local/functions-host/timer/ncrontab.ts';

const CASES: readonly (readonly [string, string, string])[] = [
  ['0 */5 * * * *', '2026-01-01T00:02:30.500Z', '2026-01-01T00:05:00.000Z'],
  ['0 */5 * * * *', '2026-01-01T00:05:00.000Z', '2026-01-01T00:10:00.000Z'],
  ['0 0 3 * * *', '2026-12-31T03:00:00.000Z', '2027-01-01T03:00:00.000Z'],
  ['0 30 9 * * Mon-Fri', '2026-11-20T09:30:00.000Z', '2026-11-23T09:30:00.000Z'],
  ['0 0 0 1 Jan *', '2026-11-20T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
  ['0 0 0 29 2 *', '2026-01-01T00:00:00.000Z', '2028-02-29T00:00:00.000Z'],
  ['0 0 0 13 * 5', '2026-03-14T00:00:00.000Z', '2026-11-13T00:00:00.000Z'],
  ['10,20 0 0 * * *', '2026-01-01T00:00:10.000Z', '2026-01-01T00:00:20.000Z'],
  ['5/20 * * * * *', '2026-01-01T00:00:05.000Z', '2026-01-01T00:00:25.000Z'],
  ['15 4 * * *', '2026-01-01T00:00:00.000Z', '2026-01-01T04:15:00.000Z'],
  ['01:30:00', '2026-01-01T00:00:00.000Z', '2026-01-01T01:30:00.000Z'],
];
for (const [expression, from, expected] of CASES)
  test(`${expression} after ${from} is ${expected}`, () => {
    const next = parseSchedule(expression)(Date.parse(from));
    assert.equal(new Date(next).toISOString(), expected);
  });

for (const wrong of [
  '',
  '* *',
  '0 60 * * * *',
  '0 0 0 32 * *',
  '0 5-2 * * * *',
  '0 x * * * *',
  '0 */0 * * * *',
  '0 0 0 0 * *',
])
  test(`'${wrong}' is refused`, () => assert.throws(() => parseSchedule(wrong), /NCRONTAB/));

test('a date that never comes is refused', () => {
  assert.throws(() => parseSchedule('0 0 0 31 2 *')(0), /has no occurrence/);
});

test('the next occurrence is later, on a whole second, and fits', () => {
  const from = fc.integer({ min: 0, max: 4_000_000_000_000 });
  const time = { second: fc.nat(59), minute: fc.nat(59), hour: fc.nat(23), from };
  fc.assert(
    fc.property(fc.record(time), ({ second, minute, hour, from: start }) => {
      const next = parseSchedule(`${second} ${minute} ${hour} * * *`)(start);
      const date = new Date(next);
      assert.ok(next > start && next - start <= 86_400_000);
      assert.deepEqual(
        [date.getUTCSeconds(), date.getUTCMinutes(), date.getUTCHours(), date.getUTCMilliseconds()],
        [second, minute, hour, 0],
      );
    }),
  );
});
