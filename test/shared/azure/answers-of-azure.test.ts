// What Azure may answer that is not what was asked for: seen at once, and never taken for ours.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at } from '../../../shared/azure/answer.ts';
import { region, resourceId } from '../../../shared/model/convert.ts';
import { failureOf, GROUP, standIn, SUBSCRIPTION } from './stand-in.ts';

const DEFINITION = resourceId(
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute/galleries/g/images/d`,
);
const MACHINE = resourceId(`${GROUP}/providers/Microsoft.Compute/virtualMachines/build`);
const OTHER = resourceId(`${GROUP}/providers/Microsoft.Compute/virtualMachines/of-last-year`);
const TAGS = { 'kiln-run': 'run-1' };
const VERSION = {
  location: 'westeurope',
  tags: TAGS,
  regions: [{ name: region('westeurope'), replicaCount: 1, storageAccountType: 'Standard_LRS' }],
  excludeFromLatest: true,
  replicationMode: 'Full',
} as const;

/** A version as the recording of a restored one shows it: tags of the request, everything else of the old one. */
const restored = {
  name: '1.0.0',
  tags: TAGS,
  properties: {
    provisioningState: 'Updating',
    publishingProfile: { excludeFromLatest: false, targetRegions: [{ name: 'West Europe' }] },
    storageProfile: { source: { virtualMachineId: OTHER } },
  },
};

test('a version that came back from the recycle bin is not ours, at once and when it is looked at again', async () => {
  let exists = false;
  const arm = await standIn(({ method }) => {
    if (method === 'PUT') {
      exists = true;
      return { status: 200, body: restored };
    }
    return exists ? { body: restored } : undefined;
  });
  const create = () =>
    arm.azure.galleries.startVersion(DEFINITION, '1.0.0', { ...VERSION, source: { machineId: MACHINE } });
  for (const look of ['at once', 'again']) {
    const failure = await failureOf(create());
    assert.equal(failure.code, 'NotOurs', look);
    assert.match(failure.message, /recycle bin/);
  }
  assert.equal(arm.received.filter(({ method }) => method === 'PUT').length, 1);
});

test('a repeated creation of our own version is no restored one', async () => {
  const body = {
    ...restored,
    properties: {
      ...restored.properties,
      storageProfile: { source: { virtualMachineId: MACHINE.toUpperCase() } },
    },
  };
  const arm = await standIn(({ method }) => (method === 'PUT' ? { status: 200, body } : undefined));
  const wish = { ...VERSION, source: { machineId: MACHINE } };
  assert.equal((await arm.azure.galleries.startVersion(DEFINITION, '1.0.0', wish)).done, false);
});

test('a change of a version does not name what it was made of, which may be gone', async () => {
  const existing = {
    ...restored,
    properties: { ...restored.properties, provisioningState: 'Succeeded' },
  };
  const arm = await standIn(({ method }) =>
    method === 'PUT' ? { status: 200, body: {} } : { body: existing },
  );
  await arm.azure.galleries.startVersion(DEFINITION, '1.0.0', VERSION);
  const sent = arm.received.find(({ method }) => method === 'PUT')?.body;
  assert.deepEqual(at(sent, 'properties', 'storageProfile'), {});
});

test('a machine that got another security type than was asked for ends the build at its creation', async () => {
  const request = {
    location: 'westeurope',
    tags: TAGS,
    vmSize: 'Standard_D2s_v5',
    osType: 'Linux',
    image: { kind: 'marketplace', publisher: 'p', offer: 'o', sku: 's', version: '1.0.0' },
    osDiskSizeGB: 0,
    subnetId: resourceId(`${GROUP}/providers/Microsoft.Network/virtualNetworks/v/subnets/build`),
    identities: [],
  } as const;
  for (const [asked, made, code] of [
    ['Standard', 'TrustedLaunch', 'TargetNotCompatible'],
    ['TrustedLaunch', undefined, 'TargetNotCompatible'],
    ['TrustedLaunch', 'TrustedLaunch', undefined],
    ['Standard', 'Standard', undefined],
    ['Standard', undefined, undefined],
  ] as const) {
    const securityProfile = made === undefined ? {} : { securityProfile: { securityType: made } };
    const body = { properties: { provisioningState: 'Creating', ...securityProfile } };
    const arm = await standIn(() => ({ status: 201, body }));
    const attempt = arm.azure.machines.start('staging', 'build', { ...request, security: asked });
    if (code === undefined) await attempt;
    else assert.equal((await failureOf(attempt)).code, code, `${asked}, ${made}`);
  }
});
