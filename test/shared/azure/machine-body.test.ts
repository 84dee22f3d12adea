import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineBody } from '../../../shared/azure/machine-body.ts';
import type { MachineRequest } from '../../../shared/ports/azure.ts';
import { resourceId } from '../../../shared/model/convert.ts';

const GROUP = '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/staging/providers';
const request: MachineRequest = {
  location: 'westeurope',
  tags: {},
  vmSize: 'Standard_D2s_v5',
  osType: 'Linux',
  osDiskSizeGB: 0,
  image: { kind: 'marketplace', publisher: 'p', offer: 'o', sku: 's', version: '1.0.0' },
  subnetId: resourceId(`${GROUP}/Microsoft.Network/virtualNetworks/net/subnets/build`),
  security: 'Standard',
  identities: [],
};

test('machines encrypt their temporary disk and caches when the deployment says so, beside trusted launch', async () => {
  const profile = async (security: 'Standard' | 'TrustedLaunch', encryptionAtHost?: boolean) => {
    const options = encryptionAtHost === undefined ? {} : { encryptionAtHost };
    return (await machineBody('build', { ...request, security }, options)).securityProfile;
  };
  assert.equal(await profile('Standard'), undefined);
  assert.deepEqual(await profile('Standard', true), { encryptionAtHost: true });
  const trusted = await profile('TrustedLaunch', true);
  assert.partialDeepStrictEqual(trusted, { encryptionAtHost: true, securityType: 'TrustedLaunch' });
  assert.equal((await profile('TrustedLaunch', false))?.encryptionAtHost, undefined);
});
