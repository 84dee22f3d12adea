// A fixed sample of the campaign; the whole is `npm run test:faults`, and its figures are in docs/reliability.md.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CLASSES } from './campaign/classes.ts';
import { type Faulty, startFaulty } from './campaign/faulty.ts';
import { tableOf } from './campaign/report.ts';
import { runCase } from './campaign/run-case.ts';

let faulty: Faulty;
before(async () => {
  faulty = await startFaulty();
});
after(() => faulty.stop());

/** One place of each kind, spread over the phases of a build. */
const SAMPLE: readonly [name: string, k: number][] = [
  ['429', 9],
  ['reset-after', 60],
  ['403', 35],
  ['cancel', 27],
  ['delete', 55],
  ['kill-commit', 40],
  ['blob-reset-after', 20],
];

for (const [name, k] of SAMPLE)
  test(`a fault of class ${name} at place ${k} of a build ends right and leaves nothing`, async () => {
    const found = CLASSES.find((one) => one.name === name);
    assert.ok(found);
    const result = await runCase(faulty, found, k);
    assert.ok(result.met, 'the build has such a place');
    assert.deepEqual(result.wrong, []);
  });

test('the table counts what was met, names what was wrong, and says what was not run', () => {
  const table = tableOf([
    { class: '429', k: 1, met: 'GET a/b', state: 'Succeeded', seconds: 1, wrong: [] },
    { class: '429', k: 2, met: 'GET a/b', state: 'Failed', seconds: 1, wrong: ['Failed: x|y'] },
    { class: '429', k: 3, state: 'Succeeded', seconds: 1, wrong: [] },
  ]);
  assert.match(table, /\| 429 \| Retry-After 1 \| 1\/2 \| k=2 \(GET a\/b\): Failed: x\/y \|/);
  assert.match(table, /\| 500 \| an HTML page \| not run \| \|/);
});
