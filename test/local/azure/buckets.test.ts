// Azure's limits on requests, as the local cloud has them.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { Buckets } from '../../../local/azure/profile/buckets.ts';
import { RECORDED_BUCKETS } from '../../../local/azure/profile/recorded-buckets.ts';
import { sections } from '../../../local/azure/routes.ts';
import { makeVm, stage } from './bodies.ts';
import { assertRefused, cloudFixture, type CloudFixture } from './support.ts';

let fixture: CloudFixture;
before(async () => {
  fixture = await cloudFixture();
});
after(() => fixture[Symbol.asyncDispose]());

const call = (operation: string, path: string) => ({ operation, method: 'PUT', path });
const granted = (budget: object): boolean => 'left' in budget;

test('a bucket gives what it holds and what has run into it since, and a refusal says when the next call goes', () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(pauses, fc.integer({ min: 1, max: 5 }), (list, calls) => {
      const bucket = { name: 'p/B', operations: ['A'], calls, seconds: calls };
      const buckets = new Buckets({ buckets: [bucket], timeCompression: 1 });
      let now = 0;
      let given = 0;
      for (const pause of list) {
        now += pause;
        const budget = buckets.take(call('A', '/subscriptions/s'), now);
        if ('left' in budget) given += 1;
        else {
          now += budget.wait;
          assert.ok(granted(buckets.take(call('A', '/subscriptions/s'), now)), 'at the time that it said');
          given += 1;
        }
        // One call a second runs in.
        assert.ok(given <= calls + now / 1000 + 1e-6, `${given} calls in ${now} ms`);
      }
    }),
    { numRuns: 5000 },
  );
});

test('each machine and each subscription has buckets of its own', () => {
  const buckets = new Buckets({ buckets: RECORDED_BUCKETS, timeCompression: 1 });
  const vm = (name: string, subscription = 's') =>
    call(
      'VirtualMachineRunCommands_CreateOrUpdate',
      `/subscriptions/${subscription}/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/${name}/runCommands/c`,
    );
  for (let nth = 0; nth < 12; nth += 1) assert.ok(granted(buckets.take(vm('one'), 0)));
  const refused = buckets.take(vm('ONE'), 0);
  assert.ok('empty' in refused && refused.empty.name === 'Microsoft.Compute/UpdateVMResource');
  assert.equal(refused.wait, 15_000, 'four a minute');
  assert.ok(granted(buckets.take(vm('two'), 0)));
  assert.ok(granted(buckets.take(vm('one', 'other'), 0)));
});

test('every bucket is of requests that the cloud knows', () => {
  const routes = sections({ identityHeader: '', clientSecret: '' }).flatMap((section) => section.routes);
  const known = new Set(routes.map(({ operation }) => operation));
  const named = RECORDED_BUCKETS.flatMap(({ operations }) => operations ?? []);
  assert.deepEqual(
    named.filter((operation) => !known.has(operation)),
    [],
  );
});

const DATA =
  process.env['KILN_REFERENCE_DATA'] ?? path.resolve(import.meta.dirname, '../../../../shared/data');
const RECORDED = path.join(DATA, 'arm-wire');

/** The most that was left of each bucket in the recordings. */
function mostLeft(): Map<string, number> {
  const most = new Map<string, number>();
  for (const file of globSync(path.join(RECORDED, '*.json')))
    for (const { response } of JSON.parse(readFileSync(file, 'utf8')).exchanges) {
      const header = Object.entries(response.headers ?? {}).find(([name]) =>
        /remaining-resource$/i.test(name),
      );
      for (const part of String(header?.[1] ?? '').split(',')) {
        const [name = '', left] = part.split(';');
        most.set(name, Math.max(most.get(name) ?? 0, Number(left)));
      }
    }
  return most;
}

test(
  'the buckets are those that Azure was recorded to have',
  { skip: existsSync(RECORDED) ? false : `no recordings at ${RECORDED}; set KILN_REFERENCE_DATA` },
  () => {
    const most = mostLeft();
    const ofCompute = RECORDED_BUCKETS.filter(({ name }) => name.startsWith('Microsoft.Compute/'));
    for (const { name, calls } of ofCompute) {
      const left = most.get(name) ?? Number.NaN;
      assert.ok(calls > left && calls - left <= 5, `${name}: ${calls}, recorded ${left}`);
    }
    assert.ok(ofCompute.length > 30);
  },
);

test('a machine takes twelve changes in a burst; the next is refused in the words of the compute provider', async () => {
  // As slow to fill as in Azure, while everything else is a thousand times faster.
  const buckets = RECORDED_BUCKETS.filter(({ name }) => /UpdateVMResource|writes/.test(name)).map(
    (bucket) => ({
      ...bucket,
      seconds: bucket.seconds * 1000,
    }),
  );
  const cloud = await fixture.start({ profile: { buckets } });
  const own = await stage(cloud, 'limits');
  const vm = await makeVm(cloud, own);
  const restart = () => cloud.call('POST', `${vm}/restart`);
  const first = await restart();
  assert.match(
    first.headers.get('x-ms-ratelimit-remaining-resource') ?? '',
    /Microsoft\.Compute\/UpdateVMResource;11/,
  );
  assert.ok(Number(first.headers.get('x-ms-ratelimit-remaining-subscription-writes')) < 200);
  let last = first;
  for (let nth = 1; nth < 14 && last.status !== 429; nth += 1) last = await restart();
  assertRefused(last, 429, 'OperationNotAllowed');
  assert.match(JSON.stringify(last.body), /"code":"TooManyRequests","target":"UpdateVMResource"/);
  assert.ok(Number(last.headers.get('retry-after')) > 1);
  await cloud.stop();
});
