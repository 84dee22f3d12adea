// Rules of virtual machines, run commands and managed disks.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BlobServiceClient, ContainerSASPermissions } from '@azure/storage-blob';
import { at, listAt, numberAt, objectAt, textAt, type JsonObject } from '../../../local/azure/json.ts';
import { DEBIAN_V1, makeVm, stage, vmBody } from './bodies.ts';
import {
  assertRefused,
  cloudFixture,
  LOCATION,
  until,
  type CloudFixture,
  type RunningCloud,
} from './support.ts';

let fixture: CloudFixture;
let cloud: RunningCloud;
let staged: Awaited<ReturnType<typeof stage>>;

before(async () => {
  fixture = await cloudFixture();
  cloud = await fixture.start({ profile: { coreQuota: 40, timeCompression: 5000 } });
  staged = await stage(cloud, 'machines');
});
after(() => fixture[Symbol.asyncDispose]());

const vmPath = (name: string) => `${staged.compute}/virtualMachines/${name}`;
const power = async (vm: string) => {
  const { body } = await cloud.call('GET', `${vm}/instanceView`);
  return listAt(body, 'statuses')
    .map((status) => textAt(status, 'code'))
    .find((code) => code?.startsWith('PowerState/'));
};

describe('a virtual machine', () => {
  test('is created only once under If-None-Match', async () => {
    const vm = await makeVm(cloud, staged, { name: 'once' });
    const body = vmBody(staged.subnetId);
    assertRefused(await cloud.call('PUT', vm, body, { 'if-none-match': '*' }), 412, 'PreconditionFailed');
  });

  test('refuses to change its image and takes new tags', async () => {
    const vm = await makeVm(cloud, staged, { name: 'fixed' });
    const other = vmBody(staged.subnetId, { imageReference: { ...DEBIAN_V1 } });
    assertRefused(await cloud.call('PUT', vm, other), 409, 'PropertyChangeNotAllowed');
    const { status, body } = await cloud.call('PATCH', vm, { tags: { a: 'b' } });
    assert.deepEqual([status, body['tags']], [200, { a: 'b' }]);
  });

  test('does not show its password or custom data', async () => {
    const osProfile = {
      computerName: 'w',
      adminUsername: 'kiln',
      adminPassword: 'Hunter2!',
      customData: 'c2VjcmV0',
    };
    const vm = await makeVm(cloud, staged, { name: 'secret', more: { osProfile } });
    const { body } = await cloud.call('GET', vm);
    assert.equal(textAt(body, 'properties.osProfile.adminUsername'), 'kiln');
    assert.doesNotMatch(JSON.stringify(body), /Hunter2|c2VjcmV0/);
  });

  test('resolves latest to an exact version by number', async () => {
    const imageReference = {
      publisher: 'Canonical',
      offer: 'ubuntu-24_04-lts',
      sku: 'server',
      version: 'latest',
    };
    const vm = await makeVm(cloud, staged, { name: 'latest', imageReference });
    const { body } = await cloud.call('GET', vm);
    assert.equal(textAt(body, 'properties.storageProfile.imageReference.exactVersion'), '24.04.202610150');
  });

  test('refuses an unknown size, image, region and subnet before it starts', async () => {
    const put = (body: unknown) => cloud.call('PUT', vmPath('never'), body);
    const body = vmBody(staged.subnetId);
    assertRefused(await put(vmBody(staged.subnetId, { size: 'Standard_None' })), 400, 'InvalidParameter');
    const nothing = { publisher: 'No', offer: 'such', sku: 'image', version: 'latest' };
    assertRefused(
      await put(vmBody(staged.subnetId, { imageReference: nothing })),
      404,
      'PlatformImageNotFound',
    );
    assertRefused(await put({ ...body, location: 'moon' }), 400, 'LocationNotAvailableForResourceType');
    assertRefused(await put(vmBody(`${staged.subnetId}x`)), 400, 'InvalidResourceReference');
    assertRefused(await cloud.call('GET', vmPath('never')), 404, 'ResourceNotFound');
  });

  test('refuses a generation that its size cannot boot, and trusted launch on generation 1', async () => {
    const put = (options: Parameters<typeof vmBody>[1]) =>
      cloud.call('PUT', vmPath('never'), vmBody(staged.subnetId, options));
    assertRefused(await put({ size: 'Standard_D1_v2' }), 400, 'BadRequest');
    const message = assertRefused(
      await put({ imageReference: DEBIAN_V1, trustedLaunch: true }),
      400,
      'BadRequest',
    );
    assert.match(message, /TrustedLaunch/);
  });

  test('refuses what is above the quota', async () => {
    const small = await fixture.start({ profile: { coreQuota: 1 } });
    const own = await stage(small, 'quota');
    const message = assertRefused(
      await small.call('PUT', `${own.compute}/virtualMachines/vm`, vmBody(own.subnetId)),
      409,
      'OperationNotAllowed',
    );
    assert.match(message, /quota/);
    await small.stop();
  });

  test('fails in its operation when the disk is smaller than the image, and can then be deleted', async () => {
    const body = vmBody(staged.subnetId);
    Object.assign(body.properties.storageProfile.osDisk, { diskSizeGB: 1, name: 'tiny' });
    const outcome = await cloud.settle('PUT', vmPath('tiny'), body);
    assert.equal(textAt(outcome, 'error.code'), 'InvalidParameter');
    const { body: vm } = await cloud.call('GET', vmPath('tiny'));
    assert.equal(textAt(vm, 'properties.provisioningState'), 'Failed');
    await cloud.settle('DELETE', vmPath('tiny'));
    assertRefused(await cloud.call('GET', vmPath('tiny')), 404, 'ResourceNotFound');
  });

  test('is generalized only when it is off, and never starts again', async () => {
    const vm = await makeVm(cloud, staged, { name: 'gen' });
    assertRefused(await cloud.call('POST', `${vm}/generalize`), 409, 'OperationNotAllowed');
    await cloud.settle('POST', `${vm}/deallocate`);
    assert.equal(await power(vm), 'PowerState/deallocated');
    assert.equal((await cloud.call('POST', `${vm}/generalize`)).status, 200);
    for (const action of ['start', 'restart', 'installPatches']) {
      const refused = await cloud.call('POST', `${vm}/${action}`, { rebootSetting: 'Never' });
      assertRefused(refused, 409, 'OperationNotAllowed');
    }
  });

  test('starts again after a power-off, and does not restart while it is off', async () => {
    const vm = await makeVm(cloud, staged, { name: 'cycle' });
    await cloud.settle('POST', `${vm}/powerOff`);
    assert.equal(await power(vm), 'PowerState/stopped');
    assertRefused(await cloud.call('POST', `${vm}/restart`), 409, 'OperationNotAllowed');
    await cloud.settle('POST', `${vm}/start`);
    assert.equal(await power(vm), 'PowerState/running');
  });

  test('shows no agent while it is off', async () => {
    const vm = await makeVm(cloud, staged, { name: 'agentless' });
    const view = async () =>
      objectAt((await cloud.call('GET', `${vm}?$expand=instanceView`)).body, 'properties.instanceView');
    assert.equal(textAt(await view(), 'vmAgent.vmAgentVersion'), 'simulated');
    await cloud.settle('POST', `${vm}/deallocate`);
    assert.equal(at(await view(), 'vmAgent'), undefined);
  });

  test('takes its disk and interface along when deleteOption says so, and leaves the others', async () => {
    const vm = await makeVm(cloud, staged, { name: 'owner' });
    const body = vmBody(staged.subnetId);
    const { osDisk } = body.properties.storageProfile;
    Object.assign(osDisk, { name: 'kept-os', deleteOption: 'Detach' });
    await cloud.settle('PUT', vmPath('keeper'), body);
    await cloud.settle('DELETE', vm);
    await cloud.settle('DELETE', vmPath('keeper'));
    assertRefused(await cloud.call('GET', `${staged.compute}/disks/owner-os`), 404, 'ResourceNotFound');
    const { body: kept } = await cloud.call('GET', `${staged.compute}/disks/kept-os`);
    assert.deepEqual([textAt(kept, 'properties.diskState'), kept['managedBy']], ['Unattached', undefined]);
    assert.equal((await cloud.call('DELETE', vm)).status, 204);
  });

  test('can be deleted while it is being created', async () => {
    const slow = await fixture.start({ profile: { simulated: { bootSeconds: 30 } } });
    const own = await stage(slow, 'preempted');
    const vm = `${own.compute}/virtualMachines/vm`;
    const creation = slow.settle('PUT', vm, vmBody(own.subnetId));
    await until(async () =>
      (await slow.call('GET', `${own.compute}/disks/os`)).status === 200 ? true : undefined,
    );
    assertRefused(await slow.call('POST', `${vm}/deallocate`), 409, 'Conflict');
    assert.equal((await slow.settle('DELETE', vm))['status'], 'Succeeded');
    assert.equal((await creation)['status'], 'Failed');
    assertRefused(await slow.call('GET', `${own.compute}/disks/os`), 404, 'ResourceNotFound');
    await slow.stop();
  });

  test('hands out its serial log', async () => {
    const vm = await makeVm(cloud, staged, { name: 'serial' });
    const { body } = await cloud.call('POST', `${vm}/retrieveBootDiagnosticsData`);
    const log = await (await fetch(textAt(body, 'serialConsoleLogBlobUri') ?? '')).text();
    assert.match(log, /simulated boot, generation V2/);
  });

  test('is made from a disk that is attached, and keeps data disks', async () => {
    const source = await makeVm(cloud, staged, { name: 'donor' });
    await cloud.settle('POST', `${source}/deallocate`);
    const copy = `${staged.compute}/disks/copy`;
    await cloud.settle('PUT', copy, {
      location: LOCATION,
      properties: {
        creationData: {
          createOption: 'Copy',
          sourceResourceId: staged.id(`${staged.compute}/disks/donor-os`),
        },
      },
    });
    const { osProfile: _, ...properties } = vmBody(staged.subnetId).properties;
    const storageProfile = {
      osDisk: { createOption: 'Attach', osType: 'Linux', managedDisk: { id: staged.id(copy) } },
      dataDisks: [{ lun: 0, name: 'data0', createOption: 'Empty', diskSizeGB: 4 }],
    };
    await cloud.settle('PUT', vmPath('attached'), {
      location: LOCATION,
      properties: { ...properties, storageProfile },
    });
    assert.equal(await power(vmPath('attached')), 'PowerState/running');
    const { body } = await cloud.call('GET', `${staged.compute}/disks/data0`);
    assert.equal(textAt(body, 'managedBy'), staged.id(vmPath('attached')));
    assertRefused(await cloud.call('DELETE', copy), 409, 'OperationNotAllowed');
  });
});

describe('a run command', () => {
  let vm: string;
  before(async () => {
    vm = await makeVm(cloud, staged, { name: 'runner' });
  });
  const command = (script: string, more: JsonObject = {}): JsonObject => ({
    location: LOCATION,
    properties: { source: { script }, asyncExecution: true, ...more },
  });
  const view = async (target: string) => {
    const { body } = await cloud.call('GET', `${target}?$expand=instanceView`);
    return objectAt(body, 'properties.instanceView');
  };
  const ended = (target: string) =>
    until(async () => {
      const now = await view(target);
      return ['Succeeded', 'Failed'].includes(textAt(now, 'executionState') ?? '') ? now : undefined;
    });
  const named = (name: string) => `${vm}/runCommands/${name}`;

  test('that has no instructions says that nothing ran', async () => {
    await cloud.settle('PUT', named('plain'), command('echo hi'));
    assert.deepEqual(
      [textAt(await ended(named('plain')), 'output'), numberAt(await ended(named('plain')), 'exitCode')],
      ['simulated: plain did not run\n', 0],
    );
    await cloud.settle('DELETE', named('plain'));
  });

  test('ends with -1 when its time is over', async () => {
    await cloud.settle('PUT', named('late'), command('# kiln-simulate: seconds=60', { timeoutInSeconds: 1 }));
    const late = await ended(named('late'));
    assert.deepEqual([textAt(late, 'executionState'), numberAt(late, 'exitCode')], ['Failed', -1]);
    await cloud.settle('DELETE', named('late'));
  });

  test('is ended by its deletion, and the next one runs', async () => {
    await cloud.settle('PUT', named('long'), command('# kiln-simulate: seconds=600'));
    const answer = await cloud.call('GET', `${named('long')}?$expand=instanceView`);
    assert.equal(textAt(answer.body, 'properties.instanceView.executionState'), 'Running');
    const soon = Number(answer.headers.get('retry-after-ms'));
    assert.ok(soon >= 75 && soon < 1000, `${soon} ms`);
    // Half as long again as what lengthens the pause: a quick machine rounds the rest away.
    await sleep(75 * 48);
    const later = await cloud.call('GET', `${named('long')}?$expand=instanceView`);
    const more = Number(later.headers.get('retry-after-ms'));
    assert.ok(more > soon && more <= 1000, `${more} ms: who has waited longer may look less often`);
    await cloud.call('PUT', named('next'), command('# kiln-simulate: stdout="next"'));
    assert.equal(textAt(await view(named('next')), 'executionState'), 'Pending');
    await cloud.settle('DELETE', named('long'));
    assert.equal(textAt(await ended(named('next')), 'output'), 'next\n');
    await cloud.settle('DELETE', named('next'));
  });

  test('runs once for equal bodies and again for a changed one', async () => {
    const first = command('# kiln-simulate: stdout="first"');
    await cloud.settle('PUT', named('same'), first);
    const before = await ended(named('same'));
    assert.equal((await cloud.call('PUT', named('same'), first)).status, 200);
    assert.deepEqual(await ended(named('same')), before);
    await cloud.settle('PUT', named('same'), command('# kiln-simulate: stdout="second"'));
    assert.equal(textAt(await ended(named('same')), 'output'), 'second\n');
    await cloud.settle('DELETE', named('same'));
  });

  test('keeps the last 4 KiB of each stream', async () => {
    const lines = Array.from(
      { length: 80 },
      (_, index) => `# kiln-simulate: stdout="${String(index).padStart(99, '.')}"`,
    );
    await cloud.settle('PUT', named('loud'), command(lines.join('\n')));
    const output = textAt(await ended(named('loud')), 'output') ?? '';
    assert.equal(output.length, 4096);
    assert.ok(output.endsWith('79\n'));
    await cloud.settle('DELETE', named('loud'));
  });

  test('that is synchronous ends its operation when the script ends, as a failure if it was told to', async () => {
    const failing = { asyncExecution: false, treatFailureAsDeploymentFailure: true };
    const outcome = await cloud.settle('PUT', named('sync'), command('# kiln-simulate: exit=4', failing));
    assert.equal(textAt(outcome, 'error.code'), 'VMExtensionProvisioningError');
    assert.equal(numberAt(await view(named('sync')), 'exitCode'), 4);
    await cloud.settle('DELETE', named('sync'));
    const calm = await cloud.settle(
      'PUT',
      named('calm'),
      command('# kiln-simulate: exit=4', { asyncExecution: false }),
    );
    assert.equal(calm['status'], 'Succeeded');
    await cloud.settle('DELETE', named('calm'));
  });

  test('fails with -101 when its log cannot be written and with -100 when its script cannot be read', async () => {
    const outputBlobUri = `${BlobServiceClient.fromConnectionString(fixture.connectionString).url}/none/x?sig=wrong`;
    await cloud.settle('PUT', named('nolog'), command('true', { outputBlobUri }));
    assert.equal(numberAt(await ended(named('nolog')), 'exitCode'), -101);
    const source = { scriptUri: `${cloud.url}/nothing` };
    await cloud.settle('PUT', named('noscript'), {
      location: LOCATION,
      properties: { source, asyncExecution: true },
    });
    assert.equal(numberAt(await ended(named('noscript')), 'exitCode'), -100);
    await Promise.all(['nolog', 'noscript'].map((name) => cloud.settle('DELETE', named(name))));
  });

  test('reads its script from a blob', async () => {
    const scripts = BlobServiceClient.fromConnectionString(fixture.connectionString).getContainerClient(
      'scripts',
    );
    await scripts.createIfNotExists();
    const text = '# kiln-simulate: stdout="from a blob"';
    await scripts.getBlockBlobClient('s.sh').upload(text, text.length);
    const sas = await scripts.generateSasUrl({
      permissions: ContainerSASPermissions.parse('r'),
      expiresOn: new Date(Date.now() + 60_000),
    });
    const source = { scriptUri: sas.replace('/scripts?', '/scripts/s.sh?') };
    await cloud.settle('PUT', named('blob'), {
      location: LOCATION,
      properties: { source, asyncExecution: true },
    });
    assert.equal(textAt(await ended(named('blob')), 'output'), 'from a blob\n');
    await cloud.settle('DELETE', named('blob'));
  });

  test('refuses bodies that Azure or this cloud cannot run', async () => {
    const put = (properties: JsonObject) =>
      cloud.call('PUT', named('bad'), { location: LOCATION, properties });
    assertRefused(await put({ source: {} }), 400, 'InvalidParameter');
    assertRefused(await put({ source: { script: 'x'.repeat(256 * 1024 + 1) } }), 400, 'InvalidParameter');
    const unnamed = { source: { script: 'true' }, parameters: [{ name: '', value: '$(reboot)' }] };
    assertRefused(await put(unnamed), 400, 'InvalidParameter');
  });

  test('is one of 25 at most', async () => {
    for (let index = 0; index < 25; index += 1)
      await cloud.call('PUT', named(`c${index}`), command('# kiln-simulate: seconds=0'));
    assertRefused(await cloud.call('PUT', named('c25'), command('true')), 400, 'OperationNotAllowed');
    assert.equal(listAt((await cloud.call('GET', `${vm}/runCommands`)).body, 'value').length, 25);
    await Promise.all(Array.from({ length: 25 }, (_, index) => cloud.settle('DELETE', named(`c${index}`))));
  });

  test('stays Running for ever when the machine restarts under it', async () => {
    const own = await makeVm(cloud, staged, { name: 'rebooted' });
    const target = `${own}/runCommands/lost`;
    await cloud.settle('PUT', target, command('# kiln-simulate: seconds=600'));
    await cloud.settle('POST', `${own}/restart`);
    assert.equal(textAt(await view(target), 'executionState'), 'Running');
    await cloud.settle('DELETE', own);
  });

  test('needs a machine that runs', async () => {
    const own = await makeVm(cloud, staged, { name: 'off' });
    await cloud.settle('POST', `${own}/powerOff`);
    assertRefused(
      await cloud.call('PUT', `${own}/runCommands/c`, command('true')),
      409,
      'OperationNotAllowed',
    );
    assertRefused(
      await cloud.call('PUT', `${vmPath('nobody')}/runCommands/c`, command('true')),
      404,
      'ParentResourceNotFound',
    );
  });

  test('that powers the guest off ends well and then the machine stops', async () => {
    const own = await makeVm(cloud, staged, { name: 'selfstop' });
    await cloud.settle('PUT', `${own}/runCommands/c`, command('# kiln-simulate: power-off stdout="bye"'));
    assert.equal(textAt(await ended(`${own}/runCommands/c`), 'output'), 'bye\n');
    await until(async () => ((await power(own)) === 'PowerState/stopped' ? true : undefined));
  });
});

describe('a managed disk', () => {
  const disk = (name: string) => `${staged.compute}/disks/${name}`;
  const put = (name: string, creationData: JsonObject, more: JsonObject = {}) =>
    cloud.settle('PUT', disk(name), { location: LOCATION, properties: { creationData, ...more } });

  test('is made empty, from a marketplace image and from another disk', async () => {
    await put('empty', { createOption: 'Empty' }, { diskSizeGB: 8 });
    const images = `/providers/Microsoft.Compute/locations/${LOCATION}/publishers/Debian/artifacttypes/vmimage/offers`;
    const version = `${images}/debian-12/skus/12-gen2/versions/0.20261102.2510`;
    await put('image', { createOption: 'FromImage', imageReference: { id: staged.id(version) } });
    await put(
      'copied',
      { createOption: 'Copy', sourceResourceId: staged.id(disk('image')) },
      { diskSizeGB: 64 },
    );
    const shown = async (name: string) => (await cloud.call('GET', disk(name))).body;
    assert.equal(numberAt(await shown('empty'), 'properties.diskSizeBytes'), 8 * 1024 ** 3);
    const copied = await shown('copied');
    assert.deepEqual(
      ['osType', 'hyperVGeneration', 'diskSizeGB', 'diskState'].map((name) =>
        at(copied, `properties.${name}`),
      ),
      ['Linux', 'V2', 64, 'Unattached'],
    );
  });

  test('refuses a source that is missing, of another type or in another region', async () => {
    const source = (id: string) => ({
      location: LOCATION,
      properties: { creationData: { createOption: 'Copy', sourceResourceId: id } },
    });
    const missing = staged.id(disk('nothing'));
    assertRefused(await cloud.call('PUT', disk('x'), source(missing)), 404, 'NotFound');
    assertRefused(
      await cloud.call('PUT', disk('x'), source(staged.id(staged.network))),
      400,
      'InvalidParameter',
    );
    await put('near', { createOption: 'Empty' }, { diskSizeGB: 1 });
    const far = { ...source(staged.id(disk('near'))), location: 'eastus' };
    assertRefused(await cloud.call('PUT', disk('x'), far), 404, 'NotFound');
  });

  test('grows and does not shrink', async () => {
    await put('growing', { createOption: 'Empty' }, { diskSizeGB: 8 });
    await cloud.settle('PATCH', disk('growing'), { properties: { diskSizeGB: 16 } });
    assert.equal(numberAt((await cloud.call('GET', disk('growing'))).body, 'properties.diskSizeGB'), 16);
    const smaller = await cloud.call('PATCH', disk('growing'), { properties: { diskSizeGB: 4 } });
    assertRefused(smaller, 409, 'OperationNotAllowed');
  });

  test('with a signature out is neither deleted nor started, and gives its VHD back as a disk', async () => {
    const vm = await makeVm(cloud, staged, { name: 'shared' });
    const own = disk('shared-os');
    const ask = { access: 'Read', durationInSeconds: 600 };
    assertRefused(await cloud.call('POST', `${own}/beginGetAccess`, ask), 409, 'OperationNotAllowed');
    await cloud.settle('POST', `${vm}/deallocate`);
    const granted = await cloud.settle('POST', `${own}/beginGetAccess`, ask);
    const sas = textAt(granted, 'properties.output.accessSAS') ?? '';
    assert.equal(textAt((await cloud.call('GET', own)).body, 'properties.diskState'), 'ActiveSAS');
    assertRefused(await cloud.call('POST', `${vm}/start`), 409, 'OperationNotAllowed');
    assertRefused(await cloud.call('DELETE', vm), 409, 'OperationNotAllowed');
    await put(
      'imported',
      { createOption: 'Import', sourceUri: sas, storageAccountId: staged.id('/x') },
      { osType: 'Linux' },
    );
    const { body } = await cloud.call('GET', disk('imported'));
    assert.equal(numberAt(body, 'properties.diskSizeBytes'), 1024 * 1024);
    await cloud.settle('POST', `${own}/endGetAccess`);
    assert.equal(textAt((await cloud.call('GET', own)).body, 'properties.diskState'), 'Reserved');
    await cloud.settle('POST', `${vm}/start`);
  });

  test('that cannot be imported fails in its operation and says why', async () => {
    const outcome = await put('broken', { createOption: 'Import', sourceUri: `${cloud.url}/no/such?sig=1` });
    assert.equal(textAt(outcome, 'error.code'), 'InvalidParameter');
  });
});

describe('a snapshot', () => {
  const snapshot = (name: string) => `${staged.compute}/snapshots/${name}`;
  const put = (name: string, location: string, properties: JsonObject) =>
    cloud.call('PUT', snapshot(name), { location, properties });

  test('is copied across regions only when incremental, one at a time, and is empty until it is complete', async () => {
    const slow = await fixture.start({ profile: { latencySeconds: { CrossRegionSnapshotCopy: 2000 } } });
    const own = await stage(slow, 'snaps');
    await slow.settle('PUT', `${own.compute}/disks/d`, {
      location: LOCATION,
      properties: { creationData: { createOption: 'Empty' }, diskSizeGB: 1 },
    });
    const make = (name: string, location: string, properties: JsonObject) =>
      slow.settle('PUT', `${own.compute}/snapshots/${name}`, { location, properties });
    const copy = { createOption: 'Copy', sourceResourceId: own.id(`${own.compute}/disks/d`) };
    await make('s', LOCATION, { incremental: true, creationData: copy });
    const start = { createOption: 'CopyStart', sourceResourceId: own.id(`${own.compute}/snapshots/s`) };
    await make('far', 'eastus', { incremental: true, creationData: start });
    const again = { location: 'westus', properties: { incremental: true, creationData: start } };
    const second = await slow.call('PUT', `${own.compute}/snapshots/second`, again);
    assertRefused(second, 409, 'OperationNotAllowed');
    const early = await slow.call('PUT', `${own.compute}/images/early`, {
      location: 'eastus',
      properties: {
        storageProfile: {
          osDisk: {
            osType: 'Linux',
            osState: 'Generalized',
            snapshot: { id: own.id(`${own.compute}/snapshots/far`) },
          },
        },
      },
    });
    assertRefused(early, 409, 'OperationNotAllowed');
    const percent = async () =>
      numberAt((await slow.call('GET', `${own.compute}/snapshots/far`)).body, 'properties.completionPercent');
    assert.ok(((await percent()) ?? 100) < 100);
    await until(async () => ((await percent()) === 100 ? true : undefined));
    await slow.stop();
  });

  test('that is not incremental stays in its region', async () => {
    await cloud.settle('PUT', `${staged.compute}/disks/base`, {
      location: LOCATION,
      properties: { creationData: { createOption: 'Empty' }, diskSizeGB: 1 },
    });
    const copy = { createOption: 'Copy', sourceResourceId: staged.id(`${staged.compute}/disks/base`) };
    await cloud.settle('PUT', snapshot('full'), { location: LOCATION, properties: { creationData: copy } });
    const start = { createOption: 'CopyStart', sourceResourceId: staged.id(snapshot('full')) };
    const refused = await put('far', 'eastus', { incremental: true, creationData: start });
    assertRefused(refused, 400, 'InvalidParameter');
  });
});
