import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { paceOf, paceToBegin, type Usual } from '../../../shared/model/pace.ts';

const USUAL: Readonly<Record<Usual, number>> = {
  command: 10,
  network: 5,
  machine: 60,
  deallocate: 18,
  restart: 36,
  image: 5,
  version: 429,
  'version change': 150,
  'version removal': 135,
  'group removal': 240,
};
const BEGUN = new Date('2026-11-29T12:00:00Z');

/** Milliseconds from the begin at which Azure is asked, until an operation of that length is over. */
function looks(usual: Usual, seconds: number, wishMs: number): number[] {
  const asked: number[] = [];
  for (let at = 0; ;) {
    const { isEarly, pauseMs } = paceOf(
      { since: BEGUN.toISOString(), usual },
      new Date(BEGUN.getTime() + at),
      wishMs,
    );
    if (!isEarly) asked.push(at);
    if (!isEarly && at >= seconds * 1000) return asked;
    assert.ok(pauseMs >= 10 && pauseMs <= Math.max(60_000, wishMs * 2), `a pause of ${pauseMs} ms`);
    at += pauseMs;
  }
}

const usual = fc.constantFrom(...(Object.keys(USUAL) as Usual[]));

test('the end of an operation that takes as long as usual is seen within a second, when Azure does not wish for more', () => {
  for (const [name, seconds] of Object.entries(USUAL) as [Usual, number][]) {
    const end = looks(name, seconds, 0).at(-1) ?? 0;
    assert.ok(end - seconds * 1000 <= 1000, `${name}: ${end} ms`);
  }
});

test('Azure is never asked earlier than it wishes, and the end is seen within a fifth of the time', () => {
  fc.assert(
    fc.property(usual, fc.integer({ min: 1, max: 2000 }), fc.nat(20_000), (name, seconds, wishMs) => {
      const asked = looks(name, seconds, wishMs);
      for (const [index, at] of asked.entries())
        if (index > 0) assert.ok(at - (asked[index - 1] ?? 0) >= Math.floor(wishMs), `${at} ms`);
      assert.ok((asked[0] ?? 0) >= wishMs);
      const longest = Math.max(USUAL[name] * 600, seconds * 1200, seconds * 1000 + 2 * wishMs + 16_000);
      assert.ok((asked.at(-1) ?? 0) <= longest, `${name} of ${seconds} s is seen at ${asked.at(-1)} ms`);
    }),
  );
});

test('a look that would put off the one at the usual end is left out', () => {
  assert.deepEqual(looks('deallocate', 18, 10_000), [18_300]);
  assert.deepEqual(looks('restart', 36, 10_000), [21_600, 36_300]);
});

test('an operation of seven minutes is asked for less than thirty times', () => {
  assert.ok(looks('version', 429, 0).length < 30);
});

test('what a command does when it has begun is looked at as anything else of unknown length', () => {
  const at = (ms: number) =>
    paceToBegin({ since: BEGUN.toISOString(), usual: 'command' }, new Date(BEGUN.getTime() + ms));
  assert.deepEqual(at(0), { isEarly: true, pauseMs: 6000 });
  assert.equal(at(9900)?.isEarly, false);
  assert.equal(at(10_300), undefined);
  assert.equal(
    paceToBegin(undefined, BEGUN),
    undefined,
    'as for handles of before there was a pace for them',
  );
});
