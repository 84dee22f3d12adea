import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LIMITS } from '../../functions/orchestrators/limits.ts';
import { type Duration, lengthOf, secondsOf } from '../../shared/model/time.ts';

const architecture = readFileSync(new URL('../../docs/ARCHITECTURE.md', import.meta.url), 'utf8');

/** The last cell of a phase's row in "One build, from request to image". */
function deadlineOf(phase: string): string {
  const row = architecture.split('\n').find((line) => line.startsWith(`| ${phase} |`));
  return row?.split('|').at(-2)?.trim() ?? 'no such row';
}

function words(time: Duration): string {
  const hours = lengthOf(time) / 3_600_000;
  return hours >= 1 ? `${hours} h` : `${hours * 60} min`;
}

const rows: readonly [string, readonly Duration[]][] = [
  ['stage', [LIMITS.network]],
  ['install', [LIMITS.fetchMedium, LIMITS.installSystem]],
  ['provision', [LIMITS.agent]],
  ['inventory', [LIMITS.listing]],
  ['generalize', [LIMITS.powerOff]],
  ['capture', [LIMITS.temporaryImage]],
];

for (const [phase, limits] of rows)
  test(`the deadline of ${phase} in the architecture is the one that is waited for`, () => {
    assert.equal(deadlineOf(phase), limits.map(words).join(' + '));
  });

test('a length of time is the sum of its units', () => {
  assert.equal(lengthOf({ days: 1, hours: 1, minutes: 1, seconds: 1 }), 90_061_000);
  assert.equal(secondsOf({ hours: 3 }), 10_800);
  assert.equal(lengthOf({}), 0);
});
