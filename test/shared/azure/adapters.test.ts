import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import type { MachineRequest, StartedOperation, VersionRequest } from '../../../shared/ports/azure.ts';
import { region, resourceId } from '../../../shared/model/convert.ts';
import { error, failureOf, GROUP, pick, type Received, standIn } from './stand-in.ts';

const MACHINE = resourceId(`${GROUP}/providers/Microsoft.Compute/virtualMachines/build`);
const IMAGE = resourceId(`${GROUP}/providers/Microsoft.Compute/images/build-image`);
const OTHER = '99999999-2222-3333-4444-555555555555';
const DEFINITION = resourceId(
  `/subscriptions/${OTHER}/resourceGroups/Images/providers/Microsoft.Compute/galleries/gallery/images/web`,
);
const TAGS = { 'kiln-run': 'run-1', team: 'web' };

const REQUEST: MachineRequest = {
  location: 'westeurope',
  tags: TAGS,
  vmSize: 'Standard_D2as_v5',
  osType: 'Linux',
  image: { kind: 'marketplace', publisher: 'Debian', offer: 'debian-12', sku: '12-gen2', version: '12.0.1' },
  osDiskSizeGB: 0,
  subnetId: resourceId(`${GROUP}/providers/Microsoft.Network/virtualNetworks/build-vnet/subnets/build`),
  identities: [],
};

const VERSION: VersionRequest = {
  location: 'westeurope',
  tags: TAGS,
  source: { machineId: MACHINE },
  regions: [{ name: region('West Europe'), replicaCount: 2, storageAccountType: 'Standard_ZRS' }],
  excludeFromLatest: true,
  replicationMode: 'Full',
};

const bodyOf = (received: readonly Received[], method: string) =>
  received.find((request) => request.method === method)?.body;

function pollUrlOf(started: StartedOperation): string {
  assert.ok(!started.done);
  return started.pollUrl;
}

test('a build machine has no public address, and takes disk and network card with it when it goes', async () => {
  const arm = await standIn(() => ({
    status: 201,
    body: { properties: { provisioningState: 'Creating' } },
  }));
  await arm.azure.machines.start('staging', 'build', REQUEST);
  assert.equal(arm.received[0]?.headers['if-none-match'], '*');
  const body = bodyOf(arm.received, 'PUT');
  const nic = pick(body, 'properties.networkProfile.networkInterfaceConfigurations.0');
  const disk = pick(body, 'properties.storageProfile.osDisk');
  assert.deepEqual(pick(body, 'tags'), TAGS);
  assert.doesNotMatch(JSON.stringify(body), /publicIP/i);
  assert.equal(pick(nic, 'properties.deleteOption'), 'Delete');
  assert.equal(pick(nic, 'properties.ipConfigurations.0.properties.subnet.id'), REQUEST.subnetId);
  assert.equal(pick(disk, 'deleteOption'), 'Delete');
  assert.equal(pick(disk, 'diskSizeGB'), undefined);
  assert.equal(pick(body, 'properties.diagnosticsProfile.bootDiagnostics.enabled'), true);
  assert.equal(pick(body, 'properties.osProfile.adminPassword'), undefined);
});

test('every Linux machine gets a key of its own that is a real 2048-bit RSA key', async () => {
  const arm = await standIn(() => ({ body: {} }));
  await arm.azure.machines.start('staging', 'build', REQUEST);
  await arm.azure.machines.start('staging', 'build', REQUEST);
  const keys = arm.received.map(({ body }) =>
    String(pick(body, 'properties.osProfile.linuxConfiguration.ssh.publicKeys.0.keyData')),
  );
  assert.notEqual(keys[0], keys[1]);
  for (const key of keys) {
    const [type, blob = ''] = key.split(' ');
    assert.equal(type, 'ssh-rsa');
    assert.equal(modulusBits(Buffer.from(blob, 'base64')), 2048);
  }
});

/** Reads the key back as ssh does: three length-prefixed parts; and lets Node check that it is a key. */
function modulusBits(blob: Buffer): number | undefined {
  const parts = [];
  for (let at = 0; at < blob.length;) {
    const length = blob.readUInt32BE(at);
    parts.push(blob.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  const [name, e = Buffer.alloc(0), n = Buffer.alloc(0)] = parts;
  assert.equal(name?.toString(), 'ssh-rsa');
  assert.ok((n[0] ?? 255) < 0x80, 'the number is positive');
  const jwk = {
    kty: 'RSA',
    e: e.toString('base64url'),
    n: n.subarray(n[0] === 0 ? 1 : 0).toString('base64url'),
  };
  return createPublicKey({ key: jwk, format: 'jwk' }).asymmetricKeyDetails?.modulusLength;
}

test('a Windows machine gets a random password that nobody else has, and no updates while it is built', async () => {
  const arm = await standIn(() => ({ body: {} }));
  const windows: MachineRequest = {
    ...REQUEST,
    osType: 'Windows',
    image: { kind: 'resource', id: IMAGE },
    osDiskSizeGB: 200,
    identities: [resourceId(`${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i`)],
    plan: { planName: 'n', planProduct: 'p', planPublisher: 'q' },
  };
  await arm.azure.machines.start('staging', 'build', windows);
  await arm.azure.machines.start('staging', 'build', windows);
  const [first, second] = arm.received.map(({ body }) => body);
  const password = 'properties.osProfile.adminPassword';
  assert.notEqual(pick(first, password), pick(second, password));
  assert.match(String(pick(first, password)), /^[\w!-]{32,}$/);
  assert.equal(pick(first, 'properties.osProfile.windowsConfiguration.enableAutomaticUpdates'), false);
  assert.equal(pick(first, 'properties.storageProfile.osDisk.diskSizeGB'), 200);
  assert.deepEqual(pick(first, 'properties.storageProfile.imageReference'), { id: IMAGE });
  assert.deepEqual(pick(first, 'plan'), { name: 'n', product: 'p', publisher: 'q' });
  assert.deepEqual(pick(first, 'identity.userAssignedIdentities'), { [String(windows.identities[0])]: {} });
});

for (const [status, code] of [
  [412, 'PreconditionFailed'],
  [409, 'Conflict'],
] as const)
  test(`a machine of this run that is there already (${status}) is adopted and watched until it is ready`, async () => {
    let state = 'Creating';
    const arm = await standIn(({ method }) =>
      method === 'PUT'
        ? { status, body: error(code, 'The resource exists.') }
        : { body: { tags: { 'Kiln-Run': 'run-1' }, properties: { provisioningState: state } } },
    );
    const started = await arm.azure.machines.start('staging', 'build', REQUEST);
    assert.deepEqual(await arm.azure.operations.look(pollUrlOf(started)), { done: false });
    state = 'Succeeded';
    assert.deepEqual(await arm.azure.operations.look(pollUrlOf(started)), { done: true });
    assert.equal(arm.received.at(-1)?.path, MACHINE);
    assert.equal(arm.received.at(-1)?.query.get('api-version'), '2024-07-01');
  });

test('an adopted machine that has failed tells why from its instance view, so that the next size is tried', async () => {
  const failed = {
    code: 'ProvisioningState/failed/AllocationFailed',
    level: 'Error',
    message: 'Allocation failed.',
  };
  const arm = await standIn(({ method, query }) => {
    if (method === 'PUT') return { status: 412, body: error('PreconditionFailed', 'exists') };
    const instanceView = query.has('$expand') ? { instanceView: { statuses: [failed] } } : {};
    return { body: { tags: TAGS, properties: { provisioningState: 'Failed', ...instanceView } } };
  });
  const started = await arm.azure.machines.start('staging', 'build', REQUEST);
  const failure = await failureOf(arm.azure.operations.look(pollUrlOf(started)));
  assert.equal(failure.code, 'AllocationFailed');
  assert.equal(failure.azure?.message, 'Allocation failed.');
});

test("a machine of somebody else's is NotOurs, one that is going or gone is a conflict to repeat", async () => {
  for (const [existing, code] of [
    [{ tags: { 'kiln-run': 'run-2' } }, 'NotOurs'],
    [{ tags: {} }, 'NotOurs'],
    [{}, 'NotOurs'],
    [{ tags: TAGS, properties: { provisioningState: 'Deleting' } }, 'AzureConflict'],
    [undefined, 'AzureConflict'],
  ] as const) {
    const arm = await standIn(({ method }) =>
      method === 'PUT'
        ? { status: 412, body: error('PreconditionFailed', 'exists') }
        : existing && { body: existing },
    );
    assert.equal((await failureOf(arm.azure.machines.start('staging', 'build', REQUEST))).code, code);
    assert.deepEqual(
      arm.received.map(({ method }) => method),
      ['PUT', 'GET'],
    );
  }
});

test('a refusal that is no name conflict is not taken for one', async () => {
  const arm = await standIn(() => ({ status: 409, body: error('SkuNotAvailable', 'not here') }));
  const failure = await failureOf(arm.azure.machines.start('staging', 'build', REQUEST));
  assert.equal(failure.code, 'SizeNotAvailable');
  assert.equal(arm.received.length, 1);
});

test('the view of a machine holds its power state, its agent and its disk', async () => {
  const time = '2026-11-23T10:00:00.000Z';
  const osDiskId = `${GROUP}/providers/Microsoft.Compute/disks/build-os`;
  const arm = await standIn(() => ({
    headers: { 'retry-after': '4' },
    body: {
      tags: TAGS,
      properties: {
        provisioningState: 'Succeeded',
        storageProfile: {
          osDisk: { createOption: 'FromImage', name: 'build-os', managedDisk: { id: osDiskId } },
        },
        instanceView: {
          vmAgent: { vmAgentVersion: '2.9', statuses: [{ displayStatus: 'Ready', time }] },
          statuses: [{ code: 'ProvisioningState/succeeded' }, { code: 'PowerState/running' }],
        },
      },
    },
  }));
  assert.deepEqual(await arm.azure.machines.get('staging', 'build'), {
    provisioningState: 'Succeeded',
    tags: TAGS,
    osDiskId,
    osDiskName: 'build-os',
    power: 'running',
    agent: { ready: true, version: '2.9', reportedAt: time },
    retryAfterMs: 4000,
  });
  assert.equal(arm.received[0]?.query.get('$expand'), 'instanceView');
});

test('what is not there is undefined, for every kind of thing', async () => {
  const arm = await standIn(() => undefined);
  const { azure } = arm;
  assert.equal(await azure.groups.get('staging'), undefined);
  assert.equal(await azure.machines.get('staging', 'build'), undefined);
  assert.equal(await azure.commands.get('staging', 'build', 'c'), undefined);
  assert.equal(await azure.images.get(IMAGE), undefined);
  assert.equal(await azure.galleries.definition(DEFINITION), undefined);
  assert.equal(await azure.galleries.version(DEFINITION, '1.0.0'), undefined);
  assert.equal(await azure.sources.managedImage(IMAGE), undefined);
  assert.equal(await azure.sources.marketplaceImage('westeurope', 'p', 'o', 's', '1'), undefined);
  assert.deepEqual(await azure.sources.marketplaceVersions('westeurope', 'p', 'o', 's'), []);
  await azure.commands.remove('staging', 'build', 'c');
  assert.deepEqual(await azure.resources.startRemoval(MACHINE), { done: true });
});

test('the serial log is fetched without our token', async () => {
  const storage = await standIn(() => ({ body: 'kernel panic' }));
  const arm = await standIn(() => ({ body: { serialConsoleLogBlobUri: `${storage.base}/log?sig=1` } }));
  assert.match(await arm.azure.machines.serialLog('staging', 'build'), /kernel panic/);
  assert.equal(storage.received[0]?.headers['authorization'], undefined);
});

test('a serial log that cannot be fetched is AzureUnavailable and keeps the signature to itself', async () => {
  const storage = await standIn(() => undefined);
  const arm = await standIn(() => ({ body: { serialConsoleLogBlobUri: `${storage.base}/log?sig=1` } }));
  const failure = await failureOf(arm.azure.machines.serialLog('staging', 'build'));
  assert.equal(failure.code, 'AzureUnavailable');
  assert.doesNotMatch(failure.message, /sig=/);
});

test('a network lets nothing in, lets everything out, and is not put over somebody else’s', async () => {
  const arm = await standIn(({ method }) => (method === 'PUT' ? { status: 200, body: {} } : undefined));
  await arm.azure.network.startSecurityGroup('staging', 'build-nsg', 'westeurope', TAGS);
  await arm.azure.network.startNetwork('staging', 'build-vnet', {
    location: 'westeurope',
    tags: TAGS,
    securityGroup: 'build-nsg',
    isolated: false,
  });
  const [group, network] = arm.received.filter(({ method }) => method === 'PUT').map(({ body }) => body);
  const rule = pick(group, 'properties.securityRules.0.properties');
  assert.deepEqual(
    [pick(rule, 'direction'), pick(rule, 'access'), pick(rule, 'protocol')],
    ['Inbound', 'Deny', '*'],
  );
  const subnet = pick(network, 'properties.subnets.0');
  assert.equal(pick(subnet, 'name'), 'build');
  assert.equal(pick(subnet, 'properties.defaultOutboundAccess'), true);
  assert.match(
    String(pick(subnet, 'properties.networkSecurityGroup.id')),
    /networkSecurityGroups\/build-nsg$/,
  );

  const taken = await standIn(() => ({ body: { tags: { owner: 'ops' } } }));
  const attempt = taken.azure.network.startSecurityGroup('staging', 'build-nsg', 'westeurope', TAGS);
  assert.equal((await failureOf(attempt)).code, 'NotOurs');
  assert.deepEqual(
    taken.received.map(({ method }) => method),
    ['GET'],
  );
});

test('a command is asynchronous and has named parameters only', async () => {
  const arm = await standIn(() => ({ status: 201, body: {} }));
  await arm.azure.commands.start('staging', 'build', 'step-000-0', {
    location: 'westeurope',
    tags: TAGS,
    source: { scriptUri: 'https://scripts/x?sig=1' },
    parameters: { NAME: 'value' },
    protectedParameters: { TOKEN: 'hidden' },
    timeoutSeconds: 60,
    logs: { outputUrl: 'https://logs/o?sig=1', errorUrl: 'https://logs/e?sig=1' },
  });
  assert.deepEqual(pick(bodyOf(arm.received, 'PUT'), 'properties'), {
    source: { scriptUri: 'https://scripts/x?sig=1' },
    parameters: [{ name: 'NAME', value: 'value' }],
    protectedParameters: [{ name: 'TOKEN', value: 'hidden' }],
    asyncExecution: true,
    timeoutInSeconds: 60,
    outputBlobUri: 'https://logs/o?sig=1',
    errorBlobUri: 'https://logs/e?sig=1',
    treatFailureAsDeploymentFailure: false,
  });
});

test('the view of a command holds its end, and an exit code of 0 is not mistaken for none', async () => {
  const arm = await standIn(() => ({
    body: {
      properties: {
        provisioningState: 'Succeeded',
        instanceView: { executionState: 'Succeeded', exitCode: 0, output: 'out', error: 'err' },
      },
    },
  }));
  assert.deepEqual(await arm.azure.commands.get('staging', 'build', 'c'), {
    provisioningState: 'Succeeded',
    executionState: 'Succeeded',
    exitCode: 0,
    output: 'out',
    error: 'err',
    executionMessage: '',
  });
});

test('a command that has not ended has no exit code, although Azure shows 0 from the beginning', async () => {
  for (const executionState of ['Pending', 'Running', undefined]) {
    const arm = await standIn(() => ({
      body: { properties: { instanceView: { executionState, exitCode: 0 } } },
    }));
    const view = await arm.azure.commands.get('staging', 'build', 'c');
    assert.equal(view?.exitCode, undefined);
    assert.equal(view?.executionState, executionState ?? 'Unknown');
  }
});

test('an image names its generation; ours is adopted, ours that failed is made again, others are refused', async () => {
  const request = {
    location: 'westeurope',
    tags: TAGS,
    generation: 'V2',
    osType: 'Linux',
    source: { machineId: MACHINE },
  } as const;
  for (const [existing, methods, code] of [
    [undefined, ['GET', 'PUT'], undefined],
    [{ tags: TAGS, properties: { provisioningState: 'Succeeded' } }, ['GET'], undefined],
    [{ tags: TAGS, properties: { provisioningState: 'Creating' } }, ['GET'], undefined],
    [{ tags: TAGS, properties: { provisioningState: 'Failed' } }, ['GET', 'PUT'], undefined],
    [{ tags: {}, properties: { provisioningState: 'Succeeded' } }, ['GET'], 'NotOurs'],
  ] as const) {
    const arm = await standIn(({ method }) =>
      method === 'PUT' ? { status: 201, body: {} } : existing && { body: { location: 'x', ...existing } },
    );
    const attempt = arm.azure.images.start(IMAGE, request);
    if (code === undefined) await attempt;
    else assert.equal((await failureOf(attempt)).code, code);
    assert.deepEqual(
      arm.received.map(({ method }) => method),
      methods,
    );
    const body = bodyOf(arm.received, 'PUT');
    if (body !== undefined) assert.equal(pick(body, 'properties.hyperVGeneration'), 'V2');
  }
});

test('a gallery version is one PUT with every region, in the subscription of its gallery', async () => {
  const arm = await standIn(({ method }) => (method === 'PUT' ? { status: 201, body: {} } : undefined));
  await arm.azure.galleries.startVersion(DEFINITION, '1.0.0', VERSION);
  assert.equal(arm.calls().at(-1), `PUT ${DEFINITION}/versions/1.0.0`);
  assert.deepEqual(pick(bodyOf(arm.received, 'PUT'), 'properties'), {
    publishingProfile: {
      targetRegions: [{ name: 'westeurope', regionalReplicaCount: 2, storageAccountType: 'Standard_ZRS' }],
      excludeFromLatest: true,
      replicationMode: 'Full',
    },
    storageProfile: { source: { virtualMachineId: MACHINE } },
    safetyProfile: { allowDeletionOfReplicatedLocations: false },
  });
  await arm.azure.galleries.startVersion(DEFINITION, '1.0.1', { ...VERSION, source: { imageId: IMAGE } });
  assert.deepEqual(pick(arm.received.at(-1)?.body, 'properties.storageProfile'), { source: { id: IMAGE } });
});

test('a gallery version that exists is adopted, promoted, repaired, awaited or refused', async () => {
  const ours = (provisioningState: string, excludeFromLatest: boolean, regions = ['West Europe']) => ({
    tags: TAGS,
    properties: {
      provisioningState,
      publishingProfile: { excludeFromLatest, targetRegions: regions.map((name) => ({ name })) },
    },
  });
  for (const [existing, methods, code] of [
    [ours('Succeeded', true), ['GET'], undefined],
    [ours('Creating', true), ['GET'], undefined],
    [ours('Succeeded', false), ['GET', 'PUT'], undefined],
    [ours('Failed', true), ['GET', 'PUT'], undefined],
    [ours('Succeeded', true, ['West Europe', 'East US']), ['GET', 'PUT'], undefined],
    [ours('Updating', true), ['GET'], undefined],
    [ours('Updating', false), ['GET'], 'AzureConflict'],
    [ours('Updating', true, []), ['GET'], 'AzureConflict'],
    [ours('Deleting', true), ['GET'], 'AzureConflict'],
    [{ ...ours('Succeeded', true), tags: { 'kiln-run': 'run-2' } }, ['GET'], 'NotOurs'],
    [{ ...ours('Failed', true), tags: {} }, ['GET'], 'NotOurs'],
  ] as const) {
    const arm = await standIn(({ method }) =>
      method === 'PUT' ? { status: 200, body: {} } : { body: { name: '1.0.0', ...existing } },
    );
    const attempt = arm.azure.galleries.startVersion(DEFINITION, '1.0.0', VERSION);
    if (code === undefined) await attempt;
    else assert.equal((await failureOf(attempt)).code, code);
    assert.deepEqual(
      arm.received.map(({ method }) => method),
      methods,
      JSON.stringify(existing),
    );
  }
});

test('a version is removed only by the run that made it, and one that is gone is removed already', async () => {
  const removal = (arm: Awaited<ReturnType<typeof standIn>>) =>
    arm.azure.galleries.startVersionRemoval(DEFINITION, '1.0.0', TAGS);
  const ours = await standIn(({ method }) =>
    method === 'DELETE' ? { status: 204 } : { body: { name: '1.0.0', tags: TAGS } },
  );
  await removal(ours);
  assert.equal(ours.calls().at(-1), `DELETE ${DEFINITION}/versions/1.0.0`);
  const gone = await standIn(() => undefined);
  assert.deepEqual(await removal(gone), { done: true });
  const other = await standIn(() => ({ body: { name: '1.0.0', tags: { 'kiln-run': 'run-2' } } }));
  assert.equal((await failureOf(removal(other))).code, 'NotOurs');
  assert.equal(other.received.length, 1);
});

test('a number that another run takes between look and request is NotOurs; a busy gallery is a conflict', async () => {
  for (const [winner, code] of [
    [{ name: '1.0.0', tags: { 'kiln-run': 'run-2' } }, 'NotOurs'],
    [{ name: '1.0.0', tags: TAGS }, 'AzureConflict'],
    [undefined, 'AzureConflict'],
  ] as const) {
    let looks = 0;
    const arm = await standIn(({ method }) => {
      if (method === 'PUT')
        return { status: 409, body: error('Conflict', 'The gallery image version is busy.') };
      looks += 1;
      return looks === 1 ? undefined : winner && { body: winner };
    });
    const attempt = arm.azure.galleries.startVersion(DEFINITION, '1.0.0', VERSION);
    assert.equal((await failureOf(attempt)).code, code);
  }
});

test('regions of a version have canonical names, whatever Azure calls them', async () => {
  const arm = await standIn(() => ({
    headers: { 'retry-after': '60' },
    body: {
      name: '1.0.0',
      tags: TAGS,
      properties: {
        provisioningState: 'Succeeded',
        publishingProfile: { excludeFromLatest: true, targetRegions: [{ name: 'West Europe' }] },
        replicationStatus: { summary: [{ region: 'West Europe', state: 'Replicating', progress: 3 }] },
      },
    },
  }));
  assert.deepEqual(await arm.azure.galleries.version(DEFINITION, '1.0.0'), {
    name: '1.0.0',
    provisioningState: 'Succeeded',
    tags: TAGS,
    excludeFromLatest: true,
    targets: ['westeurope'],
    regions: [{ region: 'westeurope', state: 'Replicating', details: '', progress: 3 }],
    retryAfterMs: 60_000,
  });
  assert.equal(arm.received[0]?.query.get('$expand'), 'ReplicationStatus');
});

test('an id that is not of the kind that is asked for is refused before any request', async () => {
  const arm = await standIn(() => ({ body: {} }));
  for (const attempt of [
    () => arm.azure.images.get(resourceId('build-image')),
    () => arm.azure.galleries.definition(IMAGE),
    () => arm.azure.sources.galleryVersion(IMAGE, 'westeurope'),
  ])
    assert.equal((await failureOf(attempt())).code, 'ValidationFailed');
  const foreign = resourceId(`${GROUP}/providers/Microsoft.Sql/servers/x`);
  assert.equal((await failureOf(arm.azure.resources.startRemoval(foreign))).code, 'AzureRefused');
  assert.deepEqual(arm.received, []);
});
