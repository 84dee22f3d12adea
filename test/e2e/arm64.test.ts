// Sources for Arm64: built on sizes of their own, and refused where Azure makes nothing of them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LocalKiln } from '../support/local-kiln.ts';
import { managedImage, shell, template } from '../support/templates.ts';

let kiln: LocalKiln;
let subscription = '';
before(async () => {
  kiln = await LocalKiln.start();
  subscription = kiln.endpoints.subscriptionId;
});
after(() => kiln.stop());

const definition = (name: string): string =>
  `/subscriptions/${subscription}/resourceGroups/images/providers/Microsoft.Compute/galleries/goldens/images/${name}`;

async function makeDefinition(name: string, securityType?: string): Promise<object> {
  await kiln.arm('PUT', definition(name), '2023-07-03', {
    location: 'westeurope',
    properties: {
      osType: 'Linux',
      osState: 'Generalized',
      hyperVGeneration: 'V2',
      architecture: 'Arm64',
      identifier: { publisher: 'kiln', offer: 'arm', sku: name },
      ...(securityType !== undefined && { features: [{ name: 'SecurityType', value: securityType }] }),
    },
  });
  return {
    type: 'SharedImage',
    runOutputName: name,
    galleryImageId: definition(name),
    targetRegions: [{ name: 'westeurope' }],
  };
}

async function submit(name: string, targets: object[], more: object = {}): Promise<any> {
  const body = template([shell('a', 'true')], targets);
  body.properties.source = {
    type: 'PlatformImage',
    publisher: 'Canonical',
    offer: 'ubuntu-24_04-lts',
    sku: 'server-arm64',
    version: 'latest',
  };
  Object.assign(body.properties, more);
  return (await kiln.submit(name, body)).body.properties;
}

test('is built on a size with Arm64 processors, and its validators run where no image can be booted', async () => {
  const target = await makeDefinition('arm-plain');
  const validate = { inVMValidations: [shell('check', 'true')] };
  const { provisioningState, provisioningError } = await submit('arm', [target], { validate });
  assert.equal(provisioningState, 'Succeeded', JSON.stringify(provisioningError));
  const run = await kiln.run('arm', 60);
  assert.equal(run.state, 'Succeeded', run.message);
  assert.match(run.vmSize, /^Standard_[BD]2ps_v[256]$/);
});

test('a size with other processors, a managed image and a definition that takes images are refused at submission', async () => {
  const sized = await submit('arm-sized', [await makeDefinition('arm-sized')], {
    vmProfile: { vmSize: 'Standard_D2s_v5' },
  });
  assert.match(sized.provisioningError.message, /has x64 processors, and the source is for Arm64/);
  const managed = await submit('arm-managed', [managedImage(subscription, 'arm')]);
  assert.match(managed.provisioningError.message, /no managed image of an Arm64 machine/);
  const supported = await submit('arm-supported', [
    await makeDefinition('arm-supported', 'TrustedLaunchSupported'),
  ]);
  assert.match(supported.provisioningError.message, /no image can be made of an Arm64 machine/);
});
