// The whole build sequence with the unmodified SDKs against the spawned cloud and Azurite, and every pair that they
// exchanged validated against Azure's official specifications.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  AnonymousCredential,
  BlobServiceClient,
  ContainerSASPermissions,
  PageBlobClient,
} from '@azure/storage-blob';
import { readFooter } from '../../../local/machines/vhd-footer.ts';
import { UBUNTU, vmBody } from './bodies.ts';
import { missing, validateRecord } from './specifications.ts';
import {
  cloudFixture,
  errorOf,
  LOCATION,
  QUICK,
  until,
  type CloudFixture,
  type RunningCloud,
} from './support.ts';

const GROUP = 'IT_images_web_1f2e3d4c';
const SHARED = 'images';

describe('a build through the unmodified SDKs', () => {
  let fixture: CloudFixture;
  let cloud: RunningCloud;
  let record: string;

  before(async () => {
    fixture = await cloudFixture();
    record = path.join(fixture.dir, 'record.jsonl');
    cloud = await fixture.start({
      record,
      profile: { replication: { regions: { eastus: { seconds: 1500 } } } },
    });
  });
  after(() => fixture[Symbol.asyncDispose]());

  const group = () => `/subscriptions/${cloud.subscriptionId}/resourceGroups/${GROUP}`;
  const subnet = () => `${group()}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/build`;

  test('resolves the source, the size and the quota', async () => {
    const { compute } = cloud;
    const versions = await compute.virtualMachineImages.list(LOCATION, 'Canonical', UBUNTU.offer, UBUNTU.sku);
    assert.deepEqual(
      versions.map(({ name }) => name),
      ['24.04.202509100', '24.04.202610150'],
    );
    const image = await compute.virtualMachineImages.get(
      LOCATION,
      'canonical',
      UBUNTU.offer,
      UBUNTU.sku,
      UBUNTU.version,
    );
    assert.equal(image.hyperVGeneration, 'V2');
    assert.equal(image.imageDeprecationStatus?.imageState, 'Active');
    const cores: number[] = [];
    for await (const usage of compute.usage.list(LOCATION))
      if (usage.name.value === 'cores') cores.push(usage.limit);
    assert.deepEqual(cores, [100]);
    const sizes: string[] = [];
    for await (const sku of compute.resourceSkus.list({ filter: `location eq '${LOCATION}'` }))
      sizes.push(sku.name ?? '');
    assert.ok(sizes.includes('Standard_D2as_v5'));
  });

  test('stages a group with a network and a VM whose agent is ready', async () => {
    const { compute, resources } = cloud;
    await resources.resourceGroups.createOrUpdate(GROUP, { location: LOCATION, tags: { 'kiln-run': 'r1' } });
    await resources.resourceGroups.createOrUpdate(SHARED, { location: LOCATION });
    const network = `${group()}/providers/Microsoft.Network`.slice(1);
    const rule = {
      name: 'deny-in',
      properties: {
        priority: 4096,
        direction: 'Inbound',
        access: 'Deny',
        protocol: '*',
        sourceAddressPrefix: '*',
        sourcePortRange: '*',
        destinationAddressPrefix: '*',
        destinationPortRange: '*',
      },
    };
    const nsg = await resources.resources.createOrUpdateById(
      `${network}/networkSecurityGroups/nsg`,
      '2024-01-01',
      {
        location: LOCATION,
        properties: { securityRules: [rule] },
      },
    );
    await resources.resources.createOrUpdateById(
      `${network}/virtualNetworks/vnet`,
      '2024-01-01',
      {
        location: LOCATION,
        properties: {
          addressSpace: { addressPrefixes: ['10.243.0.0/24'] },
          subnets: [
            {
              name: 'build',
              properties: {
                addressPrefix: '10.243.0.0/26',
                networkSecurityGroup: { id: nsg.id },
                defaultOutboundAccess: true,
              },
            },
          ],
        },
      },
      QUICK,
    );
    const { properties, ...rest } = vmBody(subnet());
    const { networkProfile, ...others } = properties;
    const networkInterfaceConfigurations = networkProfile.networkInterfaceConfigurations.map(
      ({ name, properties: { ipConfigurations, ...nic } }) => ({
        name,
        ...nic,
        ipConfigurations: ipConfigurations.map((ip) => ({ name: ip.name, ...ip.properties })),
      }),
    );
    const vm = await compute.virtualMachines.createOrUpdate(
      GROUP,
      'bld',
      { ...rest, ...others, networkProfile: { ...networkProfile, networkInterfaceConfigurations } },
      { ...QUICK, ifNoneMatch: '*' },
    );
    assert.equal(vm.provisioningState, 'Succeeded');
    assert.equal(vm.storageProfile?.osDisk?.diskSizeGB, 30);
    const view = await compute.virtualMachines.instanceView(GROUP, 'bld');
    assert.equal(view.vmAgent?.statuses?.[0]?.displayStatus, 'Ready');
    assert.equal(view.vmAgent?.vmAgentVersion, 'simulated');
    assert.deepEqual(
      view.statuses?.map(({ code }) => code),
      ['ProvisioningState/succeeded', 'PowerState/running'],
    );
  });

  test('runs a script with parameters and logs in append blobs', async () => {
    const { compute } = cloud;
    const logs = BlobServiceClient.fromConnectionString(fixture.connectionString).getContainerClient('logs');
    await logs.createIfNotExists();
    const sas = await logs.generateSasUrl({
      permissions: ContainerSASPermissions.parse('racw'),
      expiresOn: new Date(Date.now() + 3.6e6),
    });
    const blobUri = (name: string) => sas.replace('/logs?', `/logs/${name}?`);
    const script =
      '#!/bin/bash\n# kiln-simulate: stdout="one" stderr="careful"\n# kiln-simulate: stdout="two" exit=3\n';
    await compute.virtualMachineRunCommands.createOrUpdate(
      GROUP,
      'bld',
      'c000',
      {
        location: LOCATION,
        source: { script },
        parameters: [{ name: 'PLAIN', value: 'x' }],
        protectedParameters: [{ name: 'SECRET', value: 'hunter2' }],
        asyncExecution: true,
        timeoutInSeconds: 60,
        outputBlobUri: blobUri('c000.out'),
        errorBlobUri: blobUri('c000.err'),
      },
      QUICK,
    );
    const view = await until(async () => {
      const command = await compute.virtualMachineRunCommands.getByVirtualMachine(GROUP, 'bld', 'c000', {
        expand: 'instanceView',
      });
      assert.equal(command.protectedParameters, undefined);
      return command.instanceView?.executionState === 'Failed' ? command.instanceView : undefined;
    });
    assert.deepEqual([view.exitCode, view.output, view.error], [3, 'one\ntwo\n', 'careful\n']);
    // The agent's uploads may come after its report, as in Azure.
    const out = await until(async () => {
      const bytes = await logs.getAppendBlobClient('c000.out').downloadToBuffer();
      return bytes.length < 8 ? undefined : bytes;
    });
    assert.equal(out.toString(), 'one\ntwo\n');
    await compute.virtualMachineRunCommands.delete(GROUP, 'bld', 'c000', QUICK);
    await assert.rejects(
      async () => compute.virtualMachineRunCommands.getByVirtualMachine(GROUP, 'bld', 'c000'),
      (error) => errorOf(error).code === 'ResourceNotFound',
    );
  });

  test('restarts, powers off from inside, deallocates and generalizes', async () => {
    const { compute } = cloud;
    await compute.virtualMachines.restart(GROUP, 'bld', QUICK);
    const patches = await compute.virtualMachines.installPatches(
      GROUP,
      'bld',
      { maximumDuration: 'PT3H', rebootSetting: 'IfRequired' },
      QUICK,
    );
    assert.deepEqual([patches.status, patches.installedPatchCount], ['Succeeded', 0]);
    await compute.virtualMachineRunCommands.createOrUpdate(
      GROUP,
      'bld',
      'generalize',
      {
        location: LOCATION,
        source: { script: "systemd-run --on-active=20 /bin/sh -c 'deprovision; poweroff'" },
        asyncExecution: true,
      },
      QUICK,
    );
    await until(async () => {
      const { statuses } = await compute.virtualMachines.instanceView(GROUP, 'bld');
      return statuses?.some(({ code }) => code === 'PowerState/stopped') === true ? true : undefined;
    });
    await compute.virtualMachines.deallocate(GROUP, 'bld', QUICK);
    await compute.virtualMachines.generalize(GROUP, 'bld');
    const { statuses } = await compute.virtualMachines.instanceView(GROUP, 'bld');
    assert.ok(statuses?.some(({ code }) => code === 'OSState/generalized'));
  });

  test('captures a managed image and publishes a version whose regions arrive after its operation', async () => {
    const { compute } = cloud;
    const image = await compute.images.createOrUpdate(
      SHARED,
      'mi1',
      {
        location: LOCATION,
        hyperVGeneration: 'V2',
        sourceVirtualMachine: { id: `${group()}/providers/Microsoft.Compute/virtualMachines/bld` },
      },
      QUICK,
    );
    assert.equal(image.storageProfile?.osDisk?.osState, 'Generalized');
    await compute.galleries.createOrUpdate(SHARED, 'gal1', { location: LOCATION }, QUICK);
    await compute.galleryImages.createOrUpdate(
      SHARED,
      'gal1',
      'web',
      {
        location: LOCATION,
        osType: 'Linux',
        osState: 'Generalized',
        hyperVGeneration: 'V2',
        architecture: 'x64',
        identifier: { publisher: 'p', offer: 'o', sku: 's' },
        features: [{ name: 'SecurityType', value: 'TrustedLaunchSupported' }],
      },
      QUICK,
    );
    const write = (excludeFromLatest: boolean) =>
      compute.galleryImageVersions.createOrUpdate(
        SHARED,
        'gal1',
        'web',
        '1.0.20261123',
        {
          location: LOCATION,
          publishingProfile: {
            targetRegions: [{ name: LOCATION, regionalReplicaCount: 1 }, { name: 'eastus' }],
            excludeFromLatest,
            replicationMode: 'Full',
            storageAccountType: 'Standard_LRS',
          },
          storageProfile: { source: { id: image.id ?? '' } },
          safetyProfile: { allowDeletionOfReplicatedLocations: false },
        },
        QUICK,
      );
    const published = await write(true);
    assert.equal(published.provisioningState, 'Succeeded');
    const status = async () =>
      (
        await compute.galleryImageVersions.get(SHARED, 'gal1', 'web', '1.0.20261123', {
          expand: 'ReplicationStatus',
        })
      ).replicationStatus;
    const first = await status();
    assert.equal(first?.aggregatedState, 'InProgress');
    await until(async () => ((await status())?.aggregatedState === 'Completed' ? true : undefined));
    const promoted = await write(false);
    assert.equal(promoted.publishingProfile?.excludeFromLatest, false);
    const listed: (string | undefined)[] = [];
    for await (const version of compute.galleryImageVersions.listByGalleryImage(SHARED, 'gal1', 'web'))
      listed.push(version.name);
    assert.deepEqual(listed, ['1.0.20261123']);
  });

  test('copies a snapshot to another region and makes an image there', async () => {
    const { compute } = cloud;
    const disk = `${group()}/providers/Microsoft.Compute/disks/os`;
    const snapshot = await compute.snapshots.createOrUpdate(
      GROUP,
      'snap',
      {
        location: LOCATION,
        incremental: true,
        sku: { name: 'Standard_LRS' },
        creationData: { createOption: 'Copy', sourceResourceId: disk },
      },
      QUICK,
    );
    await compute.snapshots.createOrUpdate(
      GROUP,
      'snap-eastus',
      {
        location: 'eastus',
        incremental: true,
        creationData: { createOption: 'CopyStart', sourceResourceId: snapshot.id ?? '' },
      },
      QUICK,
    );
    const copied = await until(async () => {
      const copy = await compute.snapshots.get(GROUP, 'snap-eastus');
      return copy.completionPercent === 100 ? copy : undefined;
    });
    const image = await compute.images.createOrUpdate(
      SHARED,
      'mi1-eastus',
      {
        location: 'eastus',
        hyperVGeneration: 'V2',
        storageProfile: {
          osDisk: { osType: 'Linux', osState: 'Generalized', snapshot: { id: copied.id ?? '' } },
        },
      },
      QUICK,
    );
    assert.equal(image.provisioningState, 'Succeeded');
  });

  test('hands out the disk as a fixed VHD in a page blob and takes it back', async () => {
    const { compute } = cloud;
    const { accessSAS } = await compute.disks.grantAccess(
      GROUP,
      'os',
      {
        access: 'Read',
        durationInSeconds: 3600,
      },
      QUICK,
    );
    assert.ok(accessSAS !== undefined && accessSAS.includes('sig='));
    const blob = new PageBlobClient(accessSAS, new AnonymousCredential());
    const { blobType, contentLength } = await blob.getProperties();
    assert.deepEqual([blobType, contentLength], ['PageBlob', 1024 * 1024 + 512]);
    const bytes = await blob.downloadToBuffer();
    assert.match(bytes.toString('utf8', 0, 512), /^simulated disk/);
    assert.equal(readFooter(bytes.subarray(-512))?.size, 1024 * 1024);
    // A server-side copy is what the app does with it.
    const target = BlobServiceClient.fromConnectionString(fixture.connectionString).getContainerClient(
      'vhds',
    );
    await target.createIfNotExists();
    const copy = await target.getPageBlobClient('web.vhd').beginCopyFromURL(accessSAS);
    assert.equal((await copy.pollUntilDone()).copyStatus, 'success');
    await compute.disks.revokeAccess(GROUP, 'os', QUICK);
    await assert.rejects(blob.getProperties(), { statusCode: 404 });
  });

  test('deletes the group with everything in it and keeps what was published', async () => {
    const { compute, resources } = cloud;
    await resources.resourceGroups.delete(GROUP, {
      ...QUICK,
      forceDeletionTypes: 'Microsoft.Compute/virtualMachines',
    });
    assert.equal((await resources.resourceGroups.checkExistence(GROUP)).body, false);
    const version = await compute.galleryImageVersions.get(SHARED, 'gal1', 'web', '1.0.20261123');
    assert.equal(version.provisioningState, 'Succeeded');
  });

  test('keeps tokens, secrets and signatures out of the record', async () => {
    const text = await readFile(record, 'utf8');
    assert.ok(text.split('\n').length > 60);
    assert.doesNotMatch(text, /hunter2|Bearer |authorization/i);
    assert.doesNotMatch(text, /sig=(?!REDACTED)/);
  });

  test('spoke as the official specifications say', async (context) => {
    const reason = missing();
    if (reason !== undefined) return context.skip(reason);
    const { checked, unknown, findings } = await validateRecord(record);
    context.diagnostic(`${checked} pairs checked`);
    assert.ok(checked > 60, `${checked} pairs`);
    assert.deepEqual(unknown, []);
    assert.deepEqual(findings, []);
  });

  test('finds a pair that the specifications do not allow', async (context) => {
    const reason = missing();
    if (reason !== undefined) return context.skip(reason);
    const file = path.join(fixture.dir, 'spoiled.jsonl');
    const lines = (await readFile(record, 'utf8')).split('\n');
    const image = lines.filter((line) => line.includes('"operation":"VirtualMachineImages_Get"'));
    await writeFile(file, image.join('\n').replaceAll('"architecture":"x64"', '"architecture":64'));
    const { findings } = await validateRecord(file);
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['INVALID_TYPE'],
    );
  });

  test('needs little memory', async (context) => {
    const status = await readFile(`/proc/${cloud.pid}/status`, 'utf8').catch(() => '');
    const rss = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024;
    if (Number.isNaN(rss)) return context.skip('no /proc here');
    context.diagnostic(`the cloud uses ${rss.toFixed(0)} MiB after the sequence`);
    assert.ok(rss < 250, `${rss} MiB`);
  });
});
