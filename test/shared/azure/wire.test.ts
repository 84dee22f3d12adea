import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { LiveValidator } from 'oav';
import type { MachineRequest } from '../../../shared/ports/azure.ts';
import { region, resourceId } from '../../../shared/model/convert.ts';
import { GROUP, type Received, standIn, type StandIn, SUBSCRIPTION } from './stand-in.ts';

/** Every request that the adapters can send, held against Azure's published descriptions. */

const data = process.env['KILN_REFERENCE_DATA'] ?? path.resolve('../shared/data');
const specification = path.join(data, 'azure-specs', 'specification');
const skip = existsSync(specification) ? false : `no API descriptions in ${specification}`;

const id = (rest: string) => resourceId(`${GROUP}/providers/Microsoft.Compute/${rest}`);
const MACHINE = id('virtualMachines/build');
const IMAGE = id('images/build-image');
const DISK = id('disks/build-os');
const DEFINITION = id('galleries/gallery/images/web');
const TAGS = { 'kiln-run': 'run-1' };
const LOCATION = 'westeurope';

const MACHINE_REQUEST: MachineRequest = {
  location: LOCATION,
  tags: TAGS,
  vmSize: 'Standard_D2as_v5',
  osType: 'Linux',
  image: { kind: 'marketplace', publisher: 'Debian', offer: 'debian-12', sku: '12-gen2', version: '12.0.1' },
  plan: { planName: 'n', planProduct: 'p', planPublisher: 'q' },
  osDiskSizeGB: 64,
  subnetId: resourceId(`${GROUP}/providers/Microsoft.Network/virtualNetworks/build-vnet/subnets/build`),
  identities: [resourceId(`${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i`)],
};

async function sendEverything({ azure }: StandIn): Promise<void> {
  const { groups, network, sources, machines, commands, images, galleries, disks, resources } = azure;
  await groups.get('staging');
  await groups.put('staging', LOCATION, TAGS);
  await groups.resources('staging', { name: 'kiln-run', value: 'run-1' });
  await network.startSecurityGroup('staging', 'build-nsg', LOCATION, TAGS);
  await network.startNetwork('staging', 'build-vnet', {
    location: LOCATION,
    tags: TAGS,
    securityGroup: 'build-nsg',
    isolated: false,
  });
  await sources.marketplaceVersions(LOCATION, 'Debian', 'debian-12', '12-gen2');
  await sources.marketplaceImage(LOCATION, 'Debian', 'debian-12', '12-gen2', '12.0.1');
  await sources.managedImage(IMAGE);
  await sources.galleryVersion(resourceId(`${DEFINITION}/versions/latest`), LOCATION);
  await machines.start('staging', 'build', MACHINE_REQUEST);
  await machines.start('staging', 'build', {
    ...MACHINE_REQUEST,
    osType: 'Windows',
    image: { kind: 'resource', id: IMAGE },
  });
  await machines.get('staging', 'build');
  await machines.startRestart('staging', 'build');
  await machines.startDeallocate('staging', 'build');
  await machines.generalize('staging', 'build');
  const command = {
    location: LOCATION,
    tags: TAGS,
    parameters: { NAME: 'value' },
    protectedParameters: { TOKEN: 'hidden' },
    timeoutSeconds: 60,
    logs: { outputUrl: 'https://logs.example/o', errorUrl: 'https://logs.example/e' },
  };
  await commands.start('staging', 'build', 'c0', { ...command, source: { script: 'true' } });
  await commands.start('staging', 'build', 'c1', {
    ...command,
    source: { scriptUri: 'https://logs.example/s' },
  });
  await commands.get('staging', 'build', 'c0');
  await commands.remove('staging', 'build', 'c0');
  await images.start(IMAGE, {
    location: LOCATION,
    tags: TAGS,
    generation: 'V2',
    osType: 'Linux',
    source: { machineId: MACHINE },
  });
  await images.startRemoval(IMAGE);
  await galleries.definition(DEFINITION);
  await galleries.versions(DEFINITION);
  const version = {
    location: LOCATION,
    tags: TAGS,
    regions: [{ name: region(LOCATION), replicaCount: 1, storageAccountType: 'Standard_LRS' }],
    excludeFromLatest: true,
    replicationMode: 'Full',
  } as const;
  await galleries.startVersion(DEFINITION, '1.0.0', { ...version, source: { machineId: MACHINE } });
  await galleries.startVersion(DEFINITION, '1.0.0', { ...version, source: { imageId: IMAGE } });
  await disks.startAccess(DISK, 3600);
  await disks.revokeAccess(DISK);
  await machines.startRemoval('staging', 'build');
  await resources.startRemoval(resourceId(`${GROUP}/providers/Microsoft.Network/virtualNetworks/build-vnet`));
  await groups.startRemoval('staging');
}

test('every request fits the published description of its pinned api-version', { skip }, async () => {
  const arm = await standIn(({ method, path: called }) => {
    if (method === 'GET' && called.endsWith('/versions') && called.includes('artifacttypes'))
      return { body: [] };
    if (method === 'GET' && /(versions|resources)$/.test(called)) return { body: { value: [] } };
    return method === 'GET' ? undefined : { status: 200, body: { location: LOCATION, properties: {} } };
  });
  await sendEverything(arm);
  const validator = await validatorOf(specification);
  const problems = [];
  for (const request of arm.received) problems.push(...(await problemsOf(validator, request)));
  assert.deepEqual(problems, []);
  assert.ok(arm.received.length > 30, `${arm.received.length} requests`);
});

async function validatorOf(directory: string): Promise<LiveValidator> {
  const options = {
    directory,
    swaggerPathsPattern: [
      'compute/resource-manager/Microsoft.Compute/*/stable/*/*.json',
      'resources/resource-manager/Microsoft.Resources/stable/*/resources.json',
      'network/resource-manager/Microsoft.Network/stable/2024-01-01/*.json',
    ],
    excludedSwaggerPathsPattern: [],
    git: { shouldClone: false },
    isPathCaseSensitive: false,
    loadValidatorInBackground: false,
    loadValidatorInInitialize: false,
    isArmCall: false,
  };
  // Without a logger of its own it prints thousands of lines.
  const validator = new LiveValidator(options, () => {});
  await validator.initialize();
  return validator;
}

async function problemsOf(validator: LiveValidator, request: Received): Promise<string[]> {
  const { method, url, body } = request;
  const result = await validator.validateLiveRequest({
    method,
    url: `https://management.azure.com${url}`,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: body as Record<string, unknown> }),
  });
  const unknown = result.runtimeException?.message;
  const errors = result.errors.map((problem) => `${problem.code} ${problem.message}`);
  return (unknown === undefined ? errors : [unknown]).map((text) => `${method} ${url}: ${text}`);
}

test('generic deletion uses the api-version of the type', async () => {
  const arm = await standIn(() => ({ status: 200 }));
  await arm.azure.resources.startRemoval(DISK);
  assert.equal(
    arm.received[0]?.url,
    `/subscriptions/${SUBSCRIPTION}/resourceGroups/staging/providers/Microsoft.Compute/disks/build-os?api-version=2024-03-02`,
  );
});
