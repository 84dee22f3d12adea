// A fixed sample of the campaign; the whole is `npm run test:faults`, and its figures are in docs/reliability.md.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, CLASSES } from './campaign/classes.ts';
import { type Faulty, startFaulty } from './campaign/faulty.ts';
import { Owners } from './campaign/owners.ts';
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
  assert.match(table, /\| 429 \| Retry-After 1 \| 1\/2, every place \| k=2 \(GET a\/b\): Failed: x\/y \|/);
  assert.match(table, /\| 500 \| an HTML page \| not run \| \|/);
});

test('the table says "every place" only of a class without a gap, up to a place that a build does not have', () => {
  const right = { class: '503', met: 'GET a/b', seconds: 1, wrong: [] };
  const whole = [
    { ...right, k: 1 },
    { ...right, k: 2 },
    { class: '503', k: 3, seconds: 1, wrong: [] },
  ];
  assert.match(tableOf(whole), /\| 503 \|  \| 2\/2, every place \|/);
  assert.match(tableOf(whole.slice(0, 2)), /\| 503 \|  \| 2\/2 \|/);
  assert.match(tableOf(whole.slice(1)), /\| 503 \|  \| 1\/1 \|/);
});

test('the requests of each of several builds are known by name, by id, and at their beginning by whose turn it is', async () => {
  const owners = new Owners();
  owners.add('one');
  owners.add('two');
  const [run, operation] = ['0b46fd26-0bdf-4e5f-bc64-a279d148e6f7', 'd5f9e8d2-fa86-4873-b43e-a412b2e0b763'];
  const catalogue = '/subscriptions/11111111-0000-4000-8000-000000000001/locations';
  assert.equal(owners.of({ path: catalogue }), undefined);
  await owners.begin('one');
  const second = owners.begin('two');
  assert.equal(owners.of({ path: catalogue }), 'one');
  assert.equal(owners.of({ path: `/kiln/templates/s/images/two/runs/${run}/run.json` }), 'two');
  assert.equal(owners.of({ path: `/kiln/outbox/${run}.json` }), 'two');
  // With its group a build has begun.
  assert.equal(owners.of({ path: '/subscriptions/s/resourcegroups/IT_images_one_0b46fd260bdf' }), 'one');
  await second;
  assert.equal(owners.of({ path: catalogue }), 'two');
  owners.learn('one', `/subscriptions/s/locations/westeurope/operations/${operation}`);
  assert.equal(owners.of({ path: `/subscriptions/s/locations/westeurope/operations/${operation}` }), 'one');
});

test('a fault that comes again is put at every nth request after its first', () => {
  const found = CLASSES.find(({ name }) => name === 'kill-worker');
  assert.ok(found);
  const { rule } = at(4, found, faulty);
  const fates = Array.from({ length: 70 }, (_, index) => rule({ n: index + 1, method: 'GET', path: '/a' }));
  assert.deepEqual(
    fates.flatMap((fate, index) => (fate === undefined ? [] : [index + 1])),
    [4, 36, 68],
  );
});
