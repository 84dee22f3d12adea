// VM sizes as clients look them up, and what Azure refuses of size, processor, generation and image together.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { listAt, objectAt, textAt, type JsonObject } from '../../../local/azure/json.ts';
import { makeGallery, makeVm, stage, versionBody, vmBody } from './bodies.ts';
import { assertRefused, cloudFixture, type CloudFixture, type RunningCloud } from './support.ts';

const ARM_UBUNTU = {
  publisher: 'Canonical',
  offer: 'ubuntu-24_04-lts',
  sku: 'server-arm64',
  version: 'latest',
};
const CENTOS = { publisher: 'OpenLogic', offer: 'CentOS', sku: '7_6-gen2', version: 'latest' };

let fixture: CloudFixture;
let cloud: RunningCloud;

before(async () => {
  fixture = await cloudFixture();
  const restricted = { generations: 'V2', architecture: 'x64', family: 'x', vCpus: 1, memoryGiB: 1 };
  cloud = await fixture.start({ data: 'sizes' });
  zoned = await fixture.start({
    data: 'zoned',
    profile: { sizes: [{ ...restricted, name: 'Standard_X', restrictedZones: ['2'] }] },
  });
});
after(() => fixture[Symbol.asyncDispose]());
let zoned: RunningCloud;

async function skus(one: RunningCloud, location: string): Promise<JsonObject[]> {
  const filter = encodeURIComponent(`location eq '${location}'`);
  const { body } = await one.call('GET', `/providers/Microsoft.Compute/skus?$filter=${filter}`);
  return listAt(body, 'value');
}

function capabilities(sku: JsonObject | undefined): Record<string, string | undefined> {
  const pairs = listAt(sku, 'capabilities').map((item) => [textAt(item, 'name'), textAt(item, 'value')]);
  return Object.fromEntries(pairs);
}

describe('the list of sizes', () => {
  test('says processor, generations, cores and where trusted launch does not work', async () => {
    const list = await skus(cloud, 'westeurope');
    const named = (name: string) => capabilities(list.find((sku) => textAt(sku, 'name') === name));
    assert.partialDeepStrictEqual(named('Standard_D2ps_v5'), {
      CpuArchitectureType: 'Arm64',
      HyperVGenerations: 'V2',
      TrustedLaunchDisabled: 'True',
      vCPUs: '2',
    });
    assert.equal(named('Standard_D2ps_v6')['TrustedLaunchDisabled'], undefined);
    assert.equal(named('Standard_D2s_v5')['CpuArchitectureType'], 'x64');
  });

  test('holds other resource types too, and nothing of a region that does not exist', async () => {
    const types = new Set((await skus(cloud, 'West Europe')).map((sku) => textAt(sku, 'resourceType')));
    assert.deepEqual([...types], ['disks', 'virtualMachines']);
    assert.deepEqual(await skus(cloud, 'atlantis'), []);
  });

  test('tells zones where a size is restricted from a region where it is', async () => {
    const size = (await skus(zoned, 'westeurope')).find((sku) => textAt(sku, 'name') === 'Standard_X');
    const [restriction] = listAt(size, 'restrictions');
    assert.equal(textAt(restriction, 'type'), 'Zone');
    assert.deepEqual(objectAt(restriction, 'restrictionInfo')['zones'], ['2']);
  });

  test('refuses a filter by something that it does not know', async () => {
    const filter = encodeURIComponent("name eq 'Standard_D2s_v5'");
    const answer = await cloud.call('GET', `/providers/Microsoft.Compute/skus?$filter=${filter}`);
    assertRefused(answer, 400, 'InvalidFilterInQueryString');
  });
});

describe('Arm64', () => {
  test('a machine needs a size and an image of one processor', async () => {
    const { group, subnetId } = await stage(cloud, 'mixed');
    const vm = `${group}/providers/Microsoft.Compute/virtualMachines/vm`;
    const x64OnArm = vmBody(subnetId, { size: 'Standard_D2ps_v5' });
    assert.match(assertRefused(await cloud.call('PUT', vm, x64OnArm), 400, 'BadRequest'), /of 'Arm64', but/);
    const armOnX64 = vmBody(subnetId, { imageReference: ARM_UBUNTU });
    assert.match(assertRefused(await cloud.call('PUT', vm, armOnX64), 400, 'BadRequest'), /of 'x64', but/);
  });

  test('is captured as an Arm64 gallery version, never as a managed image nor into an x64 definition', async () => {
    const staged = await stage(cloud, 'arm');
    const compute = `${staged.group}/providers/Microsoft.Compute`;
    const arm64 = { size: 'Standard_D2ps_v6', imageReference: ARM_UBUNTU };
    const vm = await makeVm(cloud, staged, { ...arm64, generalized: true });
    const id = `/subscriptions/${cloud.subscriptionId}${vm}`;
    const image = { location: 'westeurope', properties: { sourceVirtualMachine: { id } } };
    const refused = await cloud.call('PUT', `${compute}/images/i`, image);
    assert.match(assertRefused(refused, 409, 'OperationNotAllowed'), /CPU Architecture 'Arm64'/);
    const body = versionBody({ virtualMachineId: id });
    const x64 = await makeGallery(cloud, compute);
    assertRefused(await cloud.call('PUT', `${x64}/versions/1.0.0`, body), 400, 'InvalidParameter');
    const arm = x64.replace(/[^/]+$/, 'arm');
    const { body: definition } = await cloud.call('GET', x64);
    const properties = { ...objectAt(definition, 'properties'), architecture: 'Arm64' };
    await cloud.settle('PUT', arm, { location: 'westeurope', properties });
    const ended = await cloud.settle('PUT', `${arm}/versions/1.0.0`, body);
    assert.equal(ended['status'], 'Succeeded');
  });
});

describe('a Gen2 Marketplace image without the feature SecurityType', () => {
  test('does not show it and cannot be trusted', async () => {
    const { group, subnetId } = await stage(cloud, 'centos');
    const image =
      '/providers/Microsoft.Compute/locations/westeurope/publishers/OpenLogic/artifacttypes/vmimage/offers/CentOS/skus/7_6-gen2/versions/7.6.20200213';
    const features = listAt((await cloud.call('GET', image)).body, 'properties.features');
    assert.deepEqual(
      features.filter((feature) => textAt(feature, 'name') === 'SecurityType'),
      [],
    );
    const trusted = vmBody(subnetId, { imageReference: CENTOS, trustedLaunch: true });
    const vm = `${group}/providers/Microsoft.Compute/virtualMachines/vm`;
    assertRefused(await cloud.call('PUT', vm, trusted), 400, 'BadRequest');
  });
});
