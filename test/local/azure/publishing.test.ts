// Rules of managed images, galleries, definitions and versions.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { at, flagAt, listAt, objectAt, textAt, type JsonObject } from '../../../local/azure/json.ts';
import { DEBIAN_V1, makeGallery, makeVm, stage, versionBody, vmBody } from './bodies.ts';
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
let generalized: string;
let running: string;
let image: string;

before(async () => {
  fixture = await cloudFixture();
  cloud = await fixture.start({ profile: { timeCompression: 5000 } });
  staged = await stage(cloud, 'publishing');
  generalized = staged.id(await makeVm(cloud, staged, { name: 'generalized', generalized: true }));
  running = staged.id(await makeVm(cloud, staged, { name: 'running' }));
  image = `${staged.compute}/images/mi`;
  const outcome = await cloud.settle('PUT', image, imageOf(generalized));
  assert.equal(outcome['status'], 'Succeeded');
});
after(() => fixture[Symbol.asyncDispose]());

function imageOf(vmId: string, more: JsonObject = {}, location = LOCATION): JsonObject {
  return { location, properties: { hyperVGeneration: 'V2', sourceVirtualMachine: { id: vmId }, ...more } };
}

describe('a managed image', () => {
  const put = (body: JsonObject) => cloud.call('PUT', `${staged.compute}/images/other`, body);

  test('needs a generalized VM of its own region that exists', async () => {
    assertRefused(await put(imageOf(running)), 409, 'OperationNotAllowed');
    assertRefused(await put(imageOf(generalized, {}, 'eastus')), 400, 'InvalidParameter');
    assertRefused(await put(imageOf(`${generalized}x`)), 404, 'NotFound');
    assertRefused(await put(imageOf(staged.id(staged.network))), 400, 'InvalidParameter');
  });

  test('does not take a VM of another generation or with trusted launch', async () => {
    assertRefused(await put(imageOf(generalized, { hyperVGeneration: 'V1' })), 400, 'InvalidParameter');
    assertRefused(await put(imageOf(generalized, { hyperVGeneration: undefined })), 400, 'InvalidParameter');
    const trusted = await makeVm(cloud, staged, { name: 'trusted', generalized: true, trustedLaunch: true });
    const message = assertRefused(await put(imageOf(staged.id(trusted))), 409, 'OperationNotAllowed');
    assert.match(message, /TrustedLaunch/);
  });

  test('survives its VM and makes another one', async () => {
    const vm = await makeVm(cloud, staged, { name: 'parent', generalized: true });
    const child = `${staged.compute}/images/child`;
    await cloud.settle('PUT', child, imageOf(staged.id(vm)));
    await cloud.settle('DELETE', vm);
    await makeVm(cloud, staged, { name: 'grandchild', imageReference: { id: staged.id(child) } });
    await cloud.settle('DELETE', child);
    const { body } = await cloud.call('GET', `${staged.compute}/virtualMachines/grandchild/instanceView`);
    assert.equal(textAt(body, 'hyperVGeneration'), 'V2');
  });
});

describe('a gallery', () => {
  test('and its definitions are deleted only when they are empty', async () => {
    const definition = await makeGallery(cloud, staged.compute);
    assertRefused(await cloud.call('DELETE', `${staged.compute}/galleries/g`), 409, 'CannotDeleteResource');
    await cloud.settle('PUT', `${definition}/versions/0.0.1`, versionBody({ id: staged.id(image) }));
    assertRefused(await cloud.call('DELETE', definition), 409, 'CannotDeleteResource');
    await cloud.settle('DELETE', `${definition}/versions/0.0.1`);
    assert.equal((await cloud.settle('DELETE', definition))['status'], 'Succeeded');
  });

  test('definition keeps what an image depends on', async () => {
    const definition = await makeGallery(cloud, staged.compute);
    const { body } = await cloud.call('GET', definition);
    const changed = { ...body, properties: { ...objectAt(body, 'properties'), hyperVGeneration: 'V1' } };
    assertRefused(await cloud.call('PUT', definition, changed), 409, 'PropertyChangeNotAllowed');
    const incomplete = { location: LOCATION, properties: { osType: 'Linux', osState: 'Generalized' } };
    assertRefused(await cloud.call('PUT', `${definition}2`, incomplete), 400, 'InvalidParameter');
  });
});

describe('an image version', () => {
  let definition: string;
  before(async () => {
    definition = await makeGallery(cloud, staged.compute);
  });
  const version = (name: string) => `${definition}/versions/${name}`;
  const source = () => ({ id: staged.id(image) });
  const put = (name: string, body: unknown) => cloud.call('PUT', version(name), body);

  test('has a name of three 32-bit integers', async () => {
    for (const name of ['1.0', '1.0.x', '1.0.2147483648'])
      assertRefused(await put(name, versionBody(source())), 400, 'InvalidParameter');
  });

  test('is in one of its target regions, names none twice and none that is unknown', async () => {
    const missing = assertRefused(
      await put('1.0.0', versionBody(source(), ['eastus'])),
      400,
      'InvalidParameter',
    );
    assert.match(missing, /must contain the location/);
    const twice = await put('1.0.0', versionBody(source(), [LOCATION, 'East US', 'eastus']));
    assert.match(assertRefused(twice, 400, 'InvalidParameter'), /Duplicate regions/);
    const unknown = await put('1.0.0', versionBody(source(), [LOCATION, 'moon']));
    assertRefused(unknown, 400, 'LocationNotAvailableForResourceType');
    const shallow = versionBody(source(), [LOCATION, 'eastus'], { replicationMode: 'Shallow' });
    assertRefused(await put('1.0.0', shallow), 400, 'InvalidParameter');
    const ended = versionBody(source(), [LOCATION], { endOfLifeDate: '2020-01-01T00:00:00Z' });
    assertRefused(await put('1.0.0', ended), 400, 'InvalidParameter');
  });

  test('needs a source that exists, fits the definition and is generalized', async () => {
    assertRefused(await put('1.0.0', versionBody({ id: `${staged.id(image)}x` })), 404, 'NotFound');
    assertRefused(await put('1.0.0', versionBody({ virtualMachineId: running })), 409, 'OperationNotAllowed');
    assertRefused(
      await put('1.0.0', { ...versionBody(source(), ['eastus']), location: 'eastus' }),
      400,
      'InvalidParameter',
    );
    const old = await makeVm(cloud, staged, { name: 'gen1', generalized: true, imageReference: DEBIAN_V1 });
    const wrong = await put('1.0.0', versionBody({ virtualMachineId: staged.id(old) }));
    assert.match(assertRefused(wrong, 400, 'InvalidParameter'), /Hypervisor generation/);
    assertRefused(
      await cloud.call('PUT', `${definition}x/versions/1.0.0`, versionBody(source())),
      404,
      'ParentResourceNotFound',
    );
  });

  test('of a definition that supports trusted launch takes no VM, but its image', async () => {
    const features = [{ name: 'SecurityType', value: 'TrustedLaunchSupported' }];
    const supported = `${staged.compute}/galleries/g/images/supported`;
    const { body } = await cloud.call('GET', definition);
    await cloud.settle('PUT', supported, {
      ...body,
      properties: { ...objectAt(body, 'properties'), features },
    });
    const refused = await cloud.call(
      'PUT',
      `${supported}/versions/1.0.0`,
      versionBody({ virtualMachineId: generalized }),
    );
    assert.match(
      assertRefused(refused, 400, 'InvalidParameter'),
      /'TrustedLaunchSupported' is not supported for the source id/,
    );
    const accepted = await cloud.settle('PUT', `${supported}/versions/1.0.0`, versionBody(source()));
    assert.equal(accepted['status'], 'Succeeded');
  });

  test('of a trusted-launch definition takes a trusted-launch VM only', async () => {
    const features = [{ name: 'SecurityType', value: 'TrustedLaunch' }];
    const trusted = `${staged.compute}/galleries/g/images/tl`;
    const { body } = await cloud.call('GET', definition);
    await cloud.settle('PUT', trusted, {
      ...body,
      properties: { ...objectAt(body, 'properties'), features },
    });
    const write = (vm: string) =>
      cloud.call('PUT', `${trusted}/versions/1.0.0`, versionBody({ virtualMachineId: vm }));
    assertRefused(await write(generalized), 400, 'InvalidParameter');
    const vm = await makeVm(cloud, staged, { name: 'tl', generalized: true, trustedLaunch: true });
    assert.equal((await write(staged.id(vm))).status, 201);
  });

  test('is written by one operation at a time', async () => {
    const slow = await fixture.start({
      profile: { latencySeconds: { GalleryImageVersions_CreateOrUpdate: 500 } },
    });
    const own = await stage(slow, 'slow');
    const vm = own.id(await makeVm(slow, own, { generalized: true }));
    const target = `${await makeGallery(slow, own.compute)}/versions/1.0.0`;
    const body = versionBody({ virtualMachineId: vm });
    const first = slow.settle('PUT', target, body);
    await until(async () => ((await slow.call('GET', target)).status === 200 ? true : undefined));
    assertRefused(await slow.call('PUT', target, body), 409, 'Conflict');
    assertRefused(await slow.call('DELETE', target), 409, 'Conflict');
    assert.equal((await first)['status'], 'Succeeded');
    assert.equal((await slow.settle('PUT', target, body))['status'], 'Succeeded');
    await slow.stop();
  });

  test('takes the body of a PUT as the whole wish, and guards regions that it has', async () => {
    await cloud.settle('PUT', version('2.0.0'), versionBody(source(), [LOCATION, 'eastus']));
    const dropped = versionBody(source(), [LOCATION, 'uksouth']);
    assertRefused(await put('2.0.0', dropped), 409, 'OperationNotAllowed');
    dropped.properties.safetyProfile.allowDeletionOfReplicatedLocations = true;
    await cloud.settle('PUT', version('2.0.0'), dropped);
    const { body } = await cloud.call('GET', version('2.0.0'));
    const regions = listAt(body, 'properties.publishingProfile.targetRegions').map(({ name }) => name);
    assert.deepEqual(regions, ['West Europe', 'UK South']);
  });

  test('keeps its source and its replication mode', async () => {
    await cloud.settle('PUT', version('2.1.0'), versionBody(source()));
    const other = versionBody({ virtualMachineId: generalized });
    assertRefused(await put('2.1.0', other), 409, 'PropertyChangeNotAllowed');
    const shallow = versionBody(source(), [LOCATION], { replicationMode: 'Shallow' });
    assertRefused(await put('2.1.0', shallow), 409, 'PropertyChangeNotAllowed');
  });

  test('is excluded from latest until it is promoted', async () => {
    const deploy = async (name: string) => {
      const imageReference = { id: staged.id(definition) };
      return cloud.call(
        'PUT',
        `${staged.compute}/virtualMachines/${name}`,
        vmBody(staged.subnetId, { imageReference }),
      );
    };
    await cloud.settle('PUT', version('3.0.0'), versionBody(source()));
    await until(async () => {
      const { body } = await cloud.call('GET', `${version('3.0.0')}?$expand=ReplicationStatus`);
      return textAt(body, 'properties.replicationStatus.aggregatedState') === 'Completed' ? true : undefined;
    });
    assertRefused(await deploy('latest'), 404, 'GalleryImageNotFound');
    const promoted = await cloud.settle('PATCH', version('3.0.0'), {
      properties: { publishingProfile: { excludeFromLatest: false } },
    });
    assert.equal(promoted['status'], 'Succeeded');
    const { body } = await cloud.call('GET', version('3.0.0'));
    assert.equal(flagAt(body, 'properties.publishingProfile.excludeFromLatest'), false);
    const vm = await deploy('latest');
    assert.equal(textAt(vm.body, 'properties.storageProfile.imageReference.exactVersion'), '3.0.0');
  });

  test('is not deleted before its end of life when that is blocked', async () => {
    const body = versionBody(source(), [LOCATION], { endOfLifeDate: '2099-01-01T00:00:00Z' });
    Object.assign(body.properties.safetyProfile, { blockDeletionBeforeEndOfLife: true });
    await cloud.settle('PUT', version('4.0.0'), body);
    const refused = await cloud.call('DELETE', version('4.0.0'));
    assertRefused(refused, 409, 'DeleteGalleryImageVersionBlockedBeforeEndOfLife');
  });

  test('outlives the group that its VM and image were in', async () => {
    const other = await stage(cloud, 'source-group');
    const vm = other.id(await makeVm(cloud, other, { generalized: true }));
    await cloud.settle('PUT', version('5.0.0'), versionBody({ virtualMachineId: vm }));
    await cloud.settle('DELETE', other.group);
    const again = versionBody({ id: staged.id(version('5.0.0')) });
    await until(async () => {
      const { body } = await cloud.call('GET', `${version('5.0.0')}?$expand=ReplicationStatus`);
      return textAt(body, 'properties.replicationStatus.aggregatedState') === 'Completed' ? true : undefined;
    });
    assert.equal((await cloud.settle('PUT', version('5.0.1'), again))['status'], 'Succeeded');
  });
});

describe('replication', () => {
  const profile = {
    replication: {
      seconds: 300,
      regions: { eastus: { seconds: 900 }, westus: { failTimes: 1 }, uksouth: { stuck: true } },
    },
  };

  test('goes on after the operation: each region at its own pace, one failing, one stuck', async () => {
    const slow = await fixture.start({ profile });
    const own = await stage(slow, 'regions');
    const vm = own.id(await makeVm(slow, own, { generalized: true }));
    const target = `${await makeGallery(slow, own.compute)}/versions/1.0.0`;
    const body = versionBody({ virtualMachineId: vm }, [LOCATION, 'eastus', 'westus', 'uksouth']);
    body.properties.safetyProfile.allowDeletionOfReplicatedLocations = true;
    await slow.settle('PUT', target, body);
    const states = async () => {
      const { body: shown, headers } = await slow.call('GET', `${target}?$expand=ReplicationStatus`);
      const summary = listAt(shown, 'properties.replicationStatus.summary');
      const byRegion = summary.map((item) => [textAt(item, 'region'), textAt(item, 'state')]);
      return { byRegion: Object.fromEntries(byRegion) as Record<string, string>, headers, shown };
    };
    const first = await states();
    assert.equal(textAt(first.shown, 'properties.provisioningState'), 'Succeeded');
    assert.equal(first.byRegion['West Europe'], 'Completed');
    assert.equal(first.byRegion['East US'], 'Replicating');
    assert.equal(first.headers.get('retry-after-ms'), '75');
    const creationData = { createOption: 'FromImage', galleryImageReference: { id: own.id(target) } };
    const early = { location: 'eastus', properties: { creationData } };
    assertRefused(await slow.call('PUT', `${own.compute}/disks/early`, early), 404, 'GalleryImageNotFound');
    await until(async () => ((await states()).byRegion['East US'] === 'Completed' ? true : undefined));
    assert.deepEqual((await states()).byRegion, {
      'West Europe': 'Completed',
      'East US': 'Completed',
      'West US': 'Failed',
      'UK South': 'Replicating',
    });
    const without = versionBody({ virtualMachineId: vm }, [LOCATION, 'eastus', 'uksouth']);
    without.properties.safetyProfile.allowDeletionOfReplicatedLocations = true;
    await slow.settle('PUT', target, without);
    await slow.settle('PUT', target, body);
    await until(async () => ((await states()).byRegion['West US'] === 'Completed' ? true : undefined));
    assert.equal(at(first.shown, 'properties.replicationStatus.aggregatedState'), 'InProgress');
    await slow.stop();
  });
});
