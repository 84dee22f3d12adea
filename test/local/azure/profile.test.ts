// What a profile does to the cloud, and what is left of the cloud after a restart.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { listAt, textAt } from '../../../local/azure/json.ts';
import { DEFAULT_PROFILE } from '../../../local/azure/profile/defaults.ts';
import { Faults } from '../../../local/azure/profile/faults.ts';
import { toProfile } from '../../../local/azure/profile/load.ts';
import { makeGallery, makeVm, stage, versionBody, vmBody } from './bodies.ts';
import { assertRefused, cloudFixture, LOCATION, until, type CloudFixture } from './support.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
let fixture: CloudFixture;
before(async () => {
  fixture = await cloudFixture();
});
after(() => fixture[Symbol.asyncDispose]());

describe('a profile file', () => {
  test('is completed with the defaults, member by member', () => {
    const profile = toProfile({ retryAfter: { milliseconds: 5 }, latencySeconds: { Disks_Delete: 9 } });
    assert.deepEqual(profile.retryAfter, { seconds: DEFAULT_PROFILE.retryAfter.seconds, milliseconds: 5 });
    assert.equal(profile.latencySeconds['Disks_Delete'], 9);
    assert.equal(profile.latencySeconds['VirtualMachines_CreateOrUpdate'], 60);
    assert.deepEqual(toProfile({}), DEFAULT_PROFILE);
  });

  test('is refused with every mistake in it', () => {
    const faults = [{ match: { operation: 'X' } }, { match: {}, effect: 'stuck' }];
    const profile = { timeCompresion: 1, retryAfter: { seconds: -1 }, faults };
    assert.throws(
      () => toProfile(profile, 'p.json'),
      (error) => {
        assert.ok(error instanceof Error);
        for (const part of [
          'p.json',
          '/retryAfter/seconds',
          '/faults/0',
          '/faults/1/match',
          'additional properties',
        ])
          assert.ok(error.message.includes(part), `${part} in ${error.message}`);
        return true;
      },
    );
    assert.throws(() => toProfile({ simulated: { powerOffPattern: '(' } }), /powerOffPattern/);
  });

  test('is described member by member in local/PROFILE.md', async () => {
    const text = await readFile(path.join(ROOT, 'local/PROFILE.md'), 'utf8');
    const names = [
      ...Object.keys(DEFAULT_PROFILE),
      ...Object.keys(DEFAULT_PROFILE.simulated),
      'failOperation',
      'stuck',
    ];
    assert.deepEqual(
      names.filter((name) => !text.includes(`\`${name}\``)),
      [],
    );
  });

  test('that is wrong keeps the cloud from starting, and so do machines that are not there', () => {
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [path.join(ROOT, 'local/azure/main.ts'), ...args], { encoding: 'utf8' });
    const common = ['--data', path.join(fixture.dir, 'never'), '--storage', 'UseDevelopmentStorage=true'];
    const unread = run(...common, '--machines', 'simulated', '--profile', '/nonexistent.json');
    assert.deepEqual([unread.status, unread.stdout], [1, '']);
    assert.match(unread.stderr, /nonexistent\.json cannot be read/);
    assert.equal(run('--machines', 'simulated').status, 1);
    assert.equal(run(...common, '--machines', 'vmware').status, 1);
  });
});

describe('limits and replication', () => {
  const list = { operation: 'GalleryImageVersions_Get', method: 'GET', path: '/x/versions/1.0.0' };
  const definition = '/galleries/g/images/d';

  test('calls above the limit of a window wait for its end, or as long as the profile says', () => {
    const match = { operation: list.operation };
    const profile = toProfile({
      timeCompression: 100,
      throttling: [{ match, calls: 2, seconds: 300 }],
    });
    const faults = new Faults(profile);
    assert.deepEqual(
      [0, 10, 1000, 2999, 3000].map((now) => faults.throttled(list, now)),
      [undefined, undefined, 2000, 1, undefined],
    );
    assert.equal(faults.throttled({ ...list, operation: 'Disks_Get' }, 3001), undefined);
    const fixed = toProfile({
      timeCompression: 1000,
      throttling: [{ match, calls: 0, seconds: 60, retryAfterSeconds: 120 }],
    });
    assert.equal(new Faults(fixed).throttled(list, 0), 120);
  });

  test('a region has its own pace, and fails so often in each definition before it works', () => {
    const regions = { westus: { failTimes: 2, failsVersion: true }, eastus: { seconds: 50 } };
    const faults = new Faults(toProfile({ timeCompression: 1, replication: { seconds: 100, regions } }));
    const fates = (of: string) => [1, 2, 3].map(() => faults.replication(of, 'westus').fate);
    assert.deepEqual(fates(definition), ['fails', 'fails', 'completes']);
    assert.deepEqual(fates(`${definition}2`), ['fails', 'fails', 'completes']);
    assert.equal(faults.replication(definition, 'eastus').milliseconds, 50_000);
    const paces = DEFAULT_PROFILE.locations.map((region) => faults.replication('x', region).milliseconds);
    assert.ok(paces.every((pace) => pace >= 50_000 && pace <= 125_000));
    assert.ok(new Set(paces).size > 15);
    assert.deepEqual(
      paces,
      DEFAULT_PROFILE.locations.map((region) => faults.replication('y', region).milliseconds),
    );
  });

  test('a throttled call gets 429 with the time to come back', async () => {
    const profile = {
      throttling: [{ match: { operation: 'ResourceGroups_Get' }, calls: 1, seconds: 3_600_000 }],
    };
    const cloud = await fixture.start({ profile });
    assert.equal((await cloud.call('GET', '/resourcegroups/none')).status, 404);
    const refused = await cloud.call('GET', '/resourcegroups/none');
    assertRefused(refused, 429, 'TooManyRequests');
    assert.ok(Number(refused.headers.get('retry-after')) > 1000);
    await cloud.stop();
  });

  test('a version whose region fails it ends as Failed when the other regions have it', async () => {
    const regions = { eastus: { failTimes: 1, failsVersion: true } };
    const cloud = await fixture.start({ profile: { replication: { regions } } });
    const own = await stage(cloud, 'failing');
    const vm = own.id(await makeVm(cloud, own, { generalized: true }));
    const target = `${await makeGallery(cloud, own.compute)}/versions/1.0.0`;
    const body = versionBody({ virtualMachineId: vm }, [LOCATION, 'eastus']);
    const ended = await cloud.settle('PUT', target, body);
    assert.equal(ended['status'], 'Failed');
    assert.match(JSON.stringify(ended['error']), /not completed at regions: East US/);
    const shown = await until(async () => {
      const { body: version } = await cloud.call('GET', `${target}?$expand=ReplicationStatus`);
      const states = listAt(version, 'properties.replicationStatus.summary').map(({ state }) => state);
      return states.includes('Replicating') ? undefined : { version, states };
    });
    assert.equal(textAt(shown.version, 'properties.provisioningState'), 'Failed');
    assert.deepEqual(shown.states, ['Completed', 'Failed']);
    await cloud.stop();
  });
});

describe('faults', () => {
  const call = { operation: 'Disks_Get', method: 'GET', path: '/subscriptions/s/x(1)/disks/d' };
  const answer = { status: 429, code: 'TooManyRequests', message: 'later' };

  test('meet calls by operation, method and path pattern, without case', () => {
    const hits = (match: Record<string, string>) =>
      new Faults(toProfile({ faults: [{ match, answer }] })).next(call) !== undefined;
    assert.ok(hits({ operation: 'disks_get' }));
    assert.ok(hits({ method: 'get', path: '*/X(1)/*' }));
    assert.ok(!hits({ method: 'PUT', path: '*/X(1)/*' }));
    assert.ok(!hits({ path: '/disks/' }));
  });

  test('meet the nth call, and all when told to', () => {
    const third = new Faults(toProfile({ faults: [{ match: { method: 'GET' }, calls: [1, 3], answer }] }));
    assert.deepEqual(
      [1, 2, 3, 4].map(() => third.next(call) !== undefined),
      [true, false, true, false],
    );
    const all = new Faults(toProfile({ faults: [{ match: { method: 'GET' }, calls: 'all', answer }] }));
    assert.deepEqual(
      [1, 2].map(() => all.next(call) !== undefined),
      [true, true],
    );
  });

  test('that are compressed take Azure seconds by the factor', () => {
    const faults = new Faults(toProfile({ timeCompression: 10, latencySeconds: { A: 60, default: 1 } }));
    assert.deepEqual([faults.latency('A'), faults.latency('B')], [6000, 100]);
  });

  test('refuse a call with their own status and headers and do nothing', async () => {
    const faults = [
      {
        match: { operation: 'ResourceGroups_CreateOrUpdate' },
        answer: { ...answer, headers: { 'Retry-After': '7' } },
      },
    ];
    const cloud = await fixture.start({ profile: { faults } });
    const refused = await cloud.call('PUT', '/resourceGroups/g', { location: LOCATION });
    assertRefused(refused, 429, 'TooManyRequests');
    assert.equal(refused.headers.get('retry-after'), '7');
    assertRefused(await cloud.call('GET', '/resourceGroups/g'), 404, 'ResourceGroupNotFound');
    assert.equal((await cloud.call('PUT', '/resourceGroups/g', { location: LOCATION })).status, 201);
    await cloud.stop();
  });

  test('of allocation, operations, agents, scripts and Spot do what they say', async () => {
    const vms = (name: string) => ({ path: `*/virtualMachines/${name}`, method: 'PUT' });
    const cloud = await fixture.start({
      profile: {
        allocationFailures: [{ size: 'Standard_D2as_v5', code: 'AllocationFailed', times: 1 }],
        faults: [
          { match: vms('broken'), failOperation: { code: 'OSProvisioningTimedOut', message: 'no boot' } },
          { match: vms('mute'), effect: 'agent-never-ready' },
          { match: vms('spot'), effect: 'evict' },
          { match: { path: '*/runCommands/hang', method: 'PUT' }, effect: 'stuck' },
        ],
      },
    });
    const staged = await stage(cloud, 'faults');
    const vm = (name: string) => `${staged.compute}/virtualMachines/${name}`;
    const body = (name: string, more = {}) => {
      const made = vmBody(staged.subnetId, { more });
      made.properties.storageProfile.osDisk.name = `${name}-os`;
      return made;
    };
    const refused = await cloud.settle('PUT', vm('first'), body('first'));
    assert.equal(textAt(refused, 'error.code'), 'AllocationFailed');
    const { body: view } = await cloud.call('GET', `${vm('first')}/instanceView`);
    assert.equal(textAt(listAt(view, 'statuses')[0], 'code'), 'ProvisioningState/failed/AllocationFailed');
    assert.equal(
      textAt(await cloud.settle('PUT', vm('broken'), body('broken')), 'error.code'),
      'OSProvisioningTimedOut',
    );
    await cloud.settle('PUT', vm('mute'), body('mute'));
    const { body: mute } = await cloud.call('GET', `${vm('mute')}/instanceView`);
    assert.equal(textAt(listAt(mute, 'vmAgent.statuses')[0], 'displayStatus'), 'Not Ready');
    await cloud.settle('PUT', vm('spot'), body('spot', { priority: 'Spot', evictionPolicy: 'Delete' }));
    await until(async () => ((await cloud.call('GET', vm('spot'))).status === 404 ? true : undefined));
    await makeVm(cloud, staged, { name: 'good' });
    const command = `${vm('good')}/runCommands/hang`;
    const script = '# kiln-simulate: stdout="done"';
    await cloud.settle('PUT', command, {
      location: LOCATION,
      properties: { source: { script }, asyncExecution: true },
    });
    const hung = async () =>
      textAt(
        (await cloud.call('GET', `${command}?$expand=instanceView`)).body,
        'properties.instanceView.output',
      );
    await until(async () => ((await hung()) === 'done\n' ? true : undefined));
    const { body: shown } = await cloud.call('GET', `${command}?$expand=instanceView`);
    assert.equal(textAt(shown, 'properties.instanceView.executionState'), 'Running');
    await cloud.stop();
  });
});

describe('a restart', () => {
  test('keeps resources, tokens and content, stops machines, and fails what was under way', async () => {
    const profile = { latencySeconds: { Snapshots_CreateOrUpdate: 600_000 } };
    const first = await fixture.start({ data: 'same', profile });
    const staged = await stage(first, 'kept');
    const running = await makeVm(first, staged, { name: 'running' });
    const off = await makeVm(first, staged, { name: 'off' });
    await first.settle('POST', `${off}/deallocate`);
    const generalized = await makeVm(first, staged, { name: 'generalized', generalized: true });
    const definition = await makeGallery(first, staged.compute);
    await first.settle(
      'PUT',
      `${definition}/versions/1.0.0`,
      versionBody({ virtualMachineId: staged.id(generalized) }),
    );
    const snapshot = await first.call('PUT', `${staged.compute}/snapshots/s`, {
      location: LOCATION,
      properties: {
        creationData: { createOption: 'Copy', sourceResourceId: staged.id(`${staged.compute}/disks/off-os`) },
      },
    });
    assert.equal(snapshot.status, 202);
    const poll = new URL(snapshot.headers.get('azure-asyncoperation') ?? '');
    const before = (await first.call('GET', '/resources')).body;
    const milliseconds = await first.stop();
    assert.ok(milliseconds < 3000, `${milliseconds} ms`);

    const second = await fixture.start({ data: 'same' });
    assert.deepEqual((await second.call('GET', '/resources')).body, before);
    const power = async (vm: string) =>
      listAt((await second.call('GET', `${vm}/instanceView`)).body, 'statuses').map((status) =>
        textAt(status, 'code'),
      )[1];
    assert.equal(await power(running), 'PowerState/stopped');
    assert.equal(await power(off), 'PowerState/deallocated');
    assertRefused(await second.call('POST', `${generalized}/start`), 409, 'OperationNotAllowed');
    await second.settle('POST', `${running}/start`);
    assert.equal(await power(running), 'PowerState/running');
    const { body: operation } = await second.call('GET', `${second.url}${poll.pathname}`);
    assert.deepEqual(
      [operation['status'], textAt(operation, 'error.code')],
      ['Failed', 'OperationPreempted'],
    );
    const { body: half } = await second.call('GET', `${staged.compute}/snapshots/s`);
    assert.equal(textAt(half, 'properties.provisioningState'), 'Failed');
    await until(async () => {
      const { body } = await second.call('GET', `${definition}/versions/1.0.0?$expand=ReplicationStatus`);
      return textAt(body, 'properties.replicationStatus.aggregatedState') === 'Completed' ? true : undefined;
    });
    const imageReference = { id: staged.id(`${definition}/versions/1.0.0`) };
    await makeVm(second, staged, { name: 'again', imageReference });
    await second.stop();
  });

  test('ends quickly while a machine boots and a script runs', async () => {
    const cloud = await fixture.start();
    const staged = await stage(cloud, 'busy');
    const vm = await makeVm(cloud, staged);
    const script = '# kiln-simulate: seconds=600';
    await cloud.settle('PUT', `${vm}/runCommands/c`, {
      location: LOCATION,
      properties: { source: { script }, asyncExecution: true },
    });
    const milliseconds = await cloud.stop();
    assert.ok(milliseconds < 3000, `${milliseconds} ms`);
    assert.doesNotMatch(cloud.stderr(), /Error|stopping/);
  });
});
