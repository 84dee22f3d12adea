// A whole build through the adapters, against the local cloud and Azurite as other processes: what the stand-in tests
// assume about Azure's answers is here answered by somebody else.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AnonymousCredential,
  BlobServiceClient,
  ContainerSASPermissions,
  PageBlobClient,
} from '@azure/storage-blob';
import { textAt } from '../../../shared/azure/answer.ts';
import { createCredential } from '../../../shared/azure/credential.ts';
import { createAzure } from '../../../shared/azure/index.ts';
import type { Azure, MachineRequest, StartedOperation } from '../../../shared/ports/azure.ts';
import { region, resourceId } from '../../../shared/model/convert.ts';
import type { ResourceId } from '../../../shared/model/template.ts';
import { cloudFixture, type CloudFixture, type RunningCloud, until } from '../../local/azure/support.ts';
import { failureOf } from './stand-in.ts';

const LOCATION = 'westeurope';
const STAGING = 'IT_images_web_1f2e3d4c5b6a';
const SCARCE = 'Standard_D4s_v5';
const TAGS = { 'kiln-run': 'run-1', 'kiln-app': 'test' };
const UBUNTU = { publisher: 'Canonical', offer: 'ubuntu-24_04-lts', sku: 'server' };

describe('a build through the adapters', () => {
  let fixture: CloudFixture;
  let cloud: RunningCloud;
  let azure: Azure;
  let request: MachineRequest;

  before(async () => {
    fixture = await cloudFixture();
    cloud = await fixture.start({
      profile: {
        replication: { regions: { eastus: { seconds: 1500 } } },
        allocationFailures: [{ size: SCARCE, code: 'AllocationFailed', times: 1 }],
      },
    });
    azure = createAzure({
      endpoint: cloud.url,
      credential: managedIdentity(cloud),
      subscriptionId: cloud.subscriptionId,
    });
    for (const [path, body] of SHARED_RESOURCES) await cloud.settle('PUT', path, body);
    request = {
      location: LOCATION,
      tags: TAGS,
      vmSize: SCARCE,
      osType: 'Linux',
      image: { kind: 'marketplace', ...UBUNTU, version: '24.04.202610150' },
      osDiskSizeGB: 0,
      subnetId: id(STAGING, 'Microsoft.Network/virtualNetworks/build-vnet/subnets/build'),
      identities: [],
    };
  });
  after(() => fixture[Symbol.asyncDispose]());

  const id = (group: string, rest: string): ResourceId =>
    resourceId(`/subscriptions/${cloud.subscriptionId}/resourceGroups/${group}/providers/${rest}`);
  const machineId = () => id(STAGING, 'Microsoft.Compute/virtualMachines/build');
  const imageId = () => id(STAGING, 'Microsoft.Compute/images/build-image');
  const definition = (name: string) => id('images', `Microsoft.Compute/galleries/gal1/images/${name}`);

  /** As `wait-until` does it: look, and look again. The handle goes through JSON, as it does through history. */
  async function ended(started: StartedOperation, addresses = 1): Promise<void> {
    const handle = JSON.stringify(started);
    // An address of Azure's has up to 3,470 characters; only access to a disk needs a second one.
    assert.ok(handle.length < 3700 * addresses, `a handle of ${handle.length} bytes`);
    assert.doesNotMatch(handle, /sig=|Bearer/);
    if (!started.done)
      await until(async () => ((await azure.operations.look(started.pollUrl)).done ? true : undefined));
  }

  test('resolves the source', async () => {
    const { publisher, offer, sku } = UBUNTU;
    const versions = await azure.sources.marketplaceVersions(LOCATION, publisher, offer, sku);
    assert.ok(versions.includes('24.04.202610150'), versions.join());
    const image = await azure.sources.marketplaceImage(LOCATION, publisher, offer, sku, '24.04.202610150');
    assert.deepEqual([image?.generation, image?.osType, image?.deprecated], ['V2', 'Linux', undefined]);
    assert.equal(await azure.sources.marketplaceImage(LOCATION, publisher, offer, sku, '1.0.0'), undefined);
    assert.equal(
      (await azure.galleries.definition(definition('trusted')))?.securityType,
      'TrustedLaunchSupported',
    );
    assert.equal(await azure.galleries.definition(definition('absent')), undefined);
  });

  test('stages a group with its network, and does so again without harm', async () => {
    assert.equal(await azure.groups.get(STAGING), undefined);
    for (let time = 0; time < 2; time++) {
      await azure.groups.put(STAGING, LOCATION, TAGS);
      await ended(await azure.network.startSecurityGroup(STAGING, 'build-nsg', LOCATION, TAGS));
      await ended(
        await azure.network.startNetwork(STAGING, 'build-vnet', {
          location: LOCATION,
          tags: TAGS,
          securityGroup: 'build-nsg',
          isolated: false,
        }),
      );
    }
    assert.deepEqual(await azure.groups.get(STAGING), {
      location: LOCATION,
      tags: TAGS,
      provisioningState: 'Succeeded',
    });
  });

  test('a size without capacity is told apart, discarded, and another one tried', async () => {
    const failure = await failureOf(azure.machines.start(STAGING, 'build', request).then(ended));
    assert.equal(failure.code, 'AllocationFailed');
    assert.ok(failure.azure?.correlationId);
    await ended(await azure.machines.startRemoval(STAGING, 'build'));
    await ended(await azure.machines.startRemoval(STAGING, 'build'));
    request = { ...request, vmSize: 'Standard_D2as_v5' };
    const started = await azure.machines.start(STAGING, 'build', request);
    await ended(await azure.machines.start(STAGING, 'build', request));
    await ended(started);
    const other = azure.machines.start(STAGING, 'build', { ...request, tags: { 'kiln-run': 'run-2' } });
    assert.equal((await failureOf(other)).code, 'NotOurs');
  });

  test('the agent reports, and the machine names its disk', async () => {
    const view = await until(async () => {
      const machine = await azure.machines.get(STAGING, 'build');
      return machine?.agent?.ready === true ? machine : undefined;
    });
    assert.equal(view.power, 'running');
    assert.equal(view.provisioningState, 'Succeeded');
    assert.match(view.osDiskId ?? '', /disks\/build-os$/i);
    assert.equal(typeof (await azure.machines.serialLog(STAGING, 'build')), 'string');
  });

  test('runs a step with its log, and removes it', async () => {
    const logs = await container('logs');
    const outputUrl = `${logs.url}/c0.out?${logs.sas}`;
    await azure.commands.start(STAGING, 'build', 'c0', {
      location: LOCATION,
      tags: TAGS,
      source: { script: '#!/bin/sh\n# kiln-simulate: stdout="hello" stderr="careful" exit=3\n' },
      parameters: { NAME: 'x' },
      protectedParameters: { SECRET: 'hunter2' },
      timeoutSeconds: 60,
      logs: { outputUrl, errorUrl: `${logs.url}/c0.err?${logs.sas}` },
    });
    const view = await until(async () => {
      const command = await azure.commands.get(STAGING, 'build', 'c0');
      return command?.exitCode === undefined ? undefined : command;
    });
    assert.deepEqual(
      [view.executionState, view.exitCode, view.output, view.error],
      ['Failed', 3, 'hello\n', 'careful\n'],
    );
    await azure.commands.remove(STAGING, 'build', 'c0');
    await until(async () => (await azure.commands.get(STAGING, 'build', 'c0')) === undefined || undefined);
    await azure.commands.remove(STAGING, 'build', 'c0');
  });

  test('restarts, powers off from inside, deallocates and generalizes', async () => {
    await ended(await azure.machines.startRestart(STAGING, 'build'));
    const early = await failureOf(azure.machines.generalize(STAGING, 'build'));
    assert.equal(early.code, 'AzureRefused');
    await azure.commands.start(STAGING, 'build', 'off', {
      location: LOCATION,
      tags: TAGS,
      source: { script: "systemd-run --on-active=20 /bin/sh -c 'deprovision; poweroff'" },
      parameters: {},
      protectedParameters: {},
      timeoutSeconds: 60,
      logs: await logUrls('off'),
    });
    const power = async () => (await azure.machines.get(STAGING, 'build'))?.power;
    await until(async () => (await power()) === 'stopped' || undefined);
    await ended(await azure.machines.startDeallocate(STAGING, 'build'));
    assert.equal(await power(), 'deallocated');
    await azure.machines.generalize(STAGING, 'build');
    await azure.machines.generalize(STAGING, 'build');
  });

  test('captures an image once, and refuses to touch one of another run', async () => {
    const image = {
      location: LOCATION,
      tags: TAGS,
      generation: 'V2',
      osType: 'Linux',
      source: { machineId: machineId() },
    } as const;
    await ended(await azure.images.start(imageId(), image));
    assert.deepEqual(await azure.images.start(imageId(), image), { done: true });
    const other = azure.images.start(imageId(), { ...image, tags: { 'kiln-run': 'run-2' } });
    assert.equal((await failureOf(other)).code, 'NotOurs');
    assert.equal((await azure.sources.managedImage(imageId()))?.generalized, true);
  });

  test('publishes from machine and image, waits for the regions, and promotes', async () => {
    for (const [name, source] of [
      ['plain', { machineId: machineId() }],
      ['trusted', { imageId: imageId() }],
    ] as const) {
      const regions = [LOCATION, 'eastus'].map((one) => ({
        name: region(one),
        replicaCount: 1,
        storageAccountType: 'Standard_LRS' as const,
      }));
      const version = { location: LOCATION, tags: TAGS, source, regions, replicationMode: 'Full' } as const;
      const write = (excludeFromLatest: boolean, tags: Record<string, string> = TAGS) =>
        azure.galleries.startVersion(definition(name), '1.0.1', { ...version, excludeFromLatest, tags });
      const started = await write(true);
      await ended(await write(true));
      await ended(started);
      assert.equal((await failureOf(write(true, { 'kiln-run': 'run-2' }))).code, 'NotOurs');
      const states = async () => (await azure.galleries.version(definition(name), '1.0.1'))?.regions ?? [];
      assert.equal((await states()).length, 2);
      await until(async () => (await states()).every(({ state }) => state === 'Completed') || undefined);
      const latest = resourceId(`${definition(name)}/versions/latest`);
      assert.equal(await azure.sources.galleryVersion(latest, LOCATION), undefined);
      await ended(await write(false));
      assert.match((await azure.sources.galleryVersion(latest, LOCATION))?.id ?? '', /versions\/1\.0\.1$/);
      const [listed] = await azure.galleries.versions(definition(name));
      assert.deepEqual([listed?.name, listed?.tags['kiln-run']], ['1.0.1', 'run-1']);
    }
  });

  test('a definition for trusted machines refuses a plain machine in words of its own', async () => {
    const version = {
      location: LOCATION,
      tags: TAGS,
      source: { machineId: machineId() },
      regions: [{ name: region(LOCATION), replicaCount: 1, storageAccountType: 'Standard_LRS' }],
      excludeFromLatest: true,
      replicationMode: 'Full',
    } as const;
    const attempt = azure.galleries.startVersion(definition('trusted'), '2.0.0', version).then(ended);
    const failure = await failureOf(attempt);
    assert.equal(failure.code, 'AzureRefused');
    assert.match(failure.message, /TrustedLaunchSupported/);
  });

  test('hands out the disk and takes it back, twice', async () => {
    const { osDiskId } = (await azure.machines.get(STAGING, 'build')) ?? {};
    assert.ok(osDiskId);
    const access = await azure.disks.startAccess(osDiskId, 3600);
    await ended(access, 2);
    const url = await azure.disks.accessUrl(osDiskId, access);
    const { blobType } = await new PageBlobClient(url, new AnonymousCredential()).getProperties();
    assert.equal(blobType, 'PageBlob');
    await azure.disks.revokeAccess(osDiskId);
    await azure.disks.revokeAccess(osDiskId);
  });

  test('finds its own resources, removes one, then the group, and is content when all is gone', async () => {
    const tag = { name: 'kiln-run', value: 'run-1' };
    const left = await azure.groups.resources(STAGING, tag);
    assert.ok(
      left.some((one) => /virtualMachines\/build$/i.test(one)),
      left.join(),
    );
    assert.deepEqual(await azure.groups.resources(STAGING, { ...tag, value: 'run-2' }), []);
    await ended(await azure.resources.startRemoval(imageId()));
    assert.equal(await azure.images.get(imageId()), undefined);
    await ended(await azure.groups.startRemoval(STAGING));
    await until(async () => (await azure.groups.get(STAGING)) === undefined || undefined);
    assert.deepEqual(await azure.groups.startRemoval(STAGING), { done: true });
    assert.equal(await azure.machines.get(STAGING, 'build'), undefined);
    assert.notEqual(await azure.galleries.version(definition('plain'), '1.0.1'), undefined);
  });

  async function container(name: string): Promise<{ url: string; sas: string }> {
    const client = BlobServiceClient.fromConnectionString(fixture.connectionString).getContainerClient(name);
    await client.createIfNotExists();
    const [url = '', sas = ''] = (
      await client.generateSasUrl({
        permissions: ContainerSASPermissions.parse('racw'),
        expiresOn: new Date(Date.now() + 3_600_000),
      })
    ).split('?');
    return { url, sas };
  }

  async function logUrls(name: string): Promise<{ outputUrl: string; errorUrl: string }> {
    const { url, sas } = await container('logs');
    return { outputUrl: `${url}/${name}.out?${sas}`, errorUrl: `${url}/${name}.err?${sas}` };
  }
});

const galleryImage = (features: readonly { name: string; value: string }[]) => ({
  location: LOCATION,
  properties: {
    osType: 'Linux',
    osState: 'Generalized',
    hyperVGeneration: 'V2',
    architecture: 'x64',
    identifier: { publisher: 'p', offer: `o${features.length}`, sku: 's' },
    features,
  },
});

const GALLERY = '/resourceGroups/images/providers/Microsoft.Compute/galleries/gal1';
/** What a user has before the first build. */
const SHARED_RESOURCES: readonly (readonly [string, unknown])[] = [
  ['/resourcegroups/images', { location: LOCATION }],
  [GALLERY, { location: LOCATION, properties: {} }],
  [`${GALLERY}/images/plain`, galleryImage([{ name: 'SecurityType', value: 'Standard' }])],
  [
    `${GALLERY}/images/trusted`,
    galleryImage([
      { name: 'SecurityType', value: 'TrustedLaunchSupported' },
      { name: 'IsAcceleratedNetworkSupported', value: 'True' },
    ]),
  ],
];

/** The SDK's own managed identity finds its endpoint in the environment, as in a Function. */
function managedIdentity({ ready }: RunningCloud) {
  process.env['IDENTITY_ENDPOINT'] = textAt(ready, 'identityEndpoint') ?? '';
  process.env['IDENTITY_HEADER'] = textAt(ready, 'identityHeader') ?? '';
  return createCredential({});
}
