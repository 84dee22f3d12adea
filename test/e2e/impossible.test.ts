// Templates that cannot be built, against the local cloud: refused at submission, or in resolve when the world has changed
// since. test/shared/planning has every rule; here it is shown that what they look at is really read.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { makeDefinition, sharedImage } from '../support/distribution.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { managedImage, shell, template, vhd } from '../support/templates.ts';

let kiln: LocalKiln;
let subscription = '';
before(async () => {
  kiln = await LocalKiln.start({ record: true });
  subscription = kiln.endpoints.subscriptionId;
});
after(() => kiln.stop());

const groupId = (name: string): string => `/subscriptions/${subscription}/resourceGroups/${name}`;
const compute = (group: string, rest: string): string =>
  `${groupId(group)}/providers/Microsoft.Compute/${rest}`;
const network = (group: string): string =>
  `${groupId(group)}/providers/Microsoft.Network/virtualNetworks/net`;

async function makeGroup(name: string, location = 'westeurope'): Promise<void> {
  await kiln.arm('PUT', groupId(name), '2024-07-01', { location });
}

async function gone(id: string, version: string): Promise<void> {
  await kiln.arm('DELETE', id, version);
  await kiln.until('the removal', async () =>
    (await kiln.arm('GET', id, version)).status === 404 ? true : undefined,
  );
}

async function makeNetwork(group: string, location = 'westeurope'): Promise<string> {
  await makeGroup(group);
  await kiln.arm('PUT', network(group), '2024-01-01', {
    location,
    properties: {
      addressSpace: { addressPrefixes: ['10.0.0.0/16'] },
      subnets: [{ name: 'build', properties: { addressPrefix: '10.0.0.0/24' } }],
    },
  });
  return `${network(group)}/subnets/build`;
}

type Sent = { readonly method: string; readonly url: string };

function sent(): Sent[] {
  const lines = readFileSync(kiln.recordFile, 'utf8').trimEnd().split('\n');
  const all = lines.map((line) => JSON.parse(line).request as Sent);
  return all.filter(({ url }) => url.toLowerCase().startsWith('/subscriptions/'));
}

/** As it was submitted, with the details of its operation. */
async function submit(
  name: string,
  body: unknown,
): Promise<{ code?: string; details: any[]; message: string }> {
  const put = await kiln.api('PUT', `${kiln.templatePath}/${name}`, body);
  assert.equal(put.status, 201, JSON.stringify(put.body));
  const url = put.headers.get('azure-asyncoperation') ?? '';
  const operation = await kiln.until('the submission', async () => {
    const { body } = await kiln.api('GET', url);
    return body.status === 'InProgress' ? undefined : body;
  });
  const { properties } = (await kiln.api('GET', `${kiln.templatePath}/${name}`)).body;
  const { provisioningError = {} } = properties;
  assert.deepEqual(provisioningError.details ?? [], operation.error?.details ?? []);
  return {
    code: provisioningError.provisioningErrorCode,
    details: operation.error?.details ?? [],
    message: provisioningError.message ?? '',
  };
}

test('everything that is wrong is told at once, with pointers and ways out, and nothing is created', async () => {
  const subnetId = await makeNetwork('net-north', 'northeurope');
  const before = sent().length;
  const body = template(
    [shell('a', 'true'), { type: 'PowerShell', name: 'ps', inline: ['x'] }],
    [
      { ...image('images', 'web-{{timestamp}}'), runOutputName: 'web', artifactTags: { createdby: 'me' } },
      { ...managedImage(subscription, 'other'), imageId: compute('nowhere', 'images/other') },
      sharedImage(subscription, 'nothing', { regions: ['westeurope', 'west europee'] }),
    ],
  );
  body.properties.vmProfile = { vmSize: 'Standard_D2s_v55', vnetConfig: { subnetId } };
  body.properties.stagingResourceGroup =
    '/subscriptions/11111111-0000-4000-8000-000000000009/resourceGroups/x';
  const { code, details, message } = await submit('wrong', body);
  assert.equal(code, 'RegionNotFound');
  assert.match(message, /for 9 reasons/);
  assert.deepEqual(
    details.map((one: any) => `${one.code} ${one.target}`),
    [
      'RegionNotFound /properties/distribute/2/targetRegions/1/name',
      'InvalidValue /properties/stagingResourceGroup',
      'SubnetNotUsable /properties/vmProfile/vnetConfig/subnetId',
      'StepNotCompatible /properties/customize/1',
      'InvalidValue /properties/distribute/0/imageId',
      'TargetNotFound /properties/distribute/1/imageId',
      'TargetNotFound /properties/distribute/2/galleryImageId',
      'InvalidValue /properties/distribute/0/artifactTags/createdby',
      'SizeNotAvailable /properties/vmProfile/vmSize',
    ],
  );
  assert.match(details[0].message, /Did you mean westeurope\?/);
  assert.match(details[8].message, /Did you mean Standard_D2s_v5\?/);
  // The network is this test's own, and may be recorded late.
  const asked = sent()
    .slice(before)
    .filter(({ method, url }) => !(method === 'PUT' && url.includes('/net-north')));
  assert.ok(asked.length > 0);
  assert.deepEqual([...new Set(asked.map(({ method }) => method))], ['GET'], 'nothing was created');
});

test('a template with one target asks Azure twelve times at most, and never the same twice', async () => {
  const subnetId = await makeNetwork('net-west');
  const before = sent().length;
  assert.ok(before > 0, 'the record is written');
  const target = { ...managedImage(subscription, 'counted'), runOutputName: 'counted' };
  const body = template([shell('a', 'true')], [target]);
  body.properties.vmProfile = { vnetConfig: { subnetId } };
  body.properties.stagingResourceGroup = groupId('counted-staging');
  const { code } = await submit('counted', body);
  assert.equal(code, undefined);
  const urls = sent()
    .slice(before)
    // The network is this test's own doing.
    .filter(({ method }) => method === 'GET')
    .map(({ url }) => url.split('?')[0]?.toLowerCase() ?? '');
  assert.ok(urls.length <= 12, urls.join('\n'));
  // Before it is accepted its group was asked for as well.
  const twice = urls.filter((url, index) => urls.indexOf(url) !== index);
  assert.deepEqual(twice, [groupId('images').toLowerCase()]);
});

test('a template in a group that is not there is refused as Azure Resource Manager does it', async () => {
  const path = `${groupId('nowhere')}/providers/Microsoft.VirtualMachineImages/imageTemplates/web`;
  const answer = await kiln.api('PUT', path, template([shell('a', 'true')], [vhd]));
  assert.equal(answer.status, 404);
  assert.equal(answer.body.error.code, 'ResourceGroupNotFound');
  assert.match(answer.body.error.message, /'nowhere' could not be found/);
  assert.equal((await kiln.api('GET', path)).status, 404, 'nothing was created');
});

test('a source that is misspelt is told what it was meant to be', async () => {
  const definition = (name: string) => compute('images', `galleries/goldens/images/${name}`);
  const urn = (publisher: string, offer: string, sku: string, version = 'latest'): object => ({
    type: 'PlatformImage',
    ...{ publisher, offer, sku, version },
  });
  const sources: [object, RegExp][] = [
    [urn('Debain', 'debian-12', '12-gen2'), /no publisher "Debain" there\. Did you mean Debian\?/],
    [urn('Debian', 'debian12', '12-gen2'), /no offer "debian12" there\. Did you mean debian-12\?/],
    [urn('Debian', 'debian-12', '12-gen1'), /no SKU "12-gen1" there\. Did you mean 12-gen2\?/],
    [
      urn('Debian', 'debian-12', '12-gen2', '0.20261102.2511'),
      /no version "0\.20261102\.2511" there\. Did you mean 0\.20261102\.2510\?/,
    ],
    [
      { type: 'SharedImageVersion', imageVersionId: `${definition('debain-web')}/versions/latest` },
      /no image "debain-web" there\. Did you mean debian-web\?/,
    ],
  ];
  await Promise.all(
    sources.map(async ([source, words], index) => {
      const body = template([shell('a', 'true')], [vhd]);
      body.properties.source = source;
      const { code, message } = await submit(`misspelt-${index}`, body);
      assert.equal(code, 'SourceNotFound', message);
      assert.match(message, words);
    }),
  );
});

type Change = {
  /** What there is at the submission. */
  readonly ready?: () => Promise<unknown>;
  readonly body: () => any;
  readonly spoil: () => Promise<unknown>;
  readonly says: string;
};

const image = (group: string, name: string): object => ({
  ...managedImage(subscription, name),
  imageId: compute(group, `images/${name}`),
});

const CHANGES: Record<string, Change> = {
  'group-of-target': {
    ready: () => makeGroup('goes-target'),
    body: () => template([shell('a', 'true')], [image('goes-target', 'x')]),
    spoil: () => gone(groupId('goes-target'), '2024-07-01'),
    says: 'TargetNotFound /properties/distribute/0/imageId',
  },
  definition: {
    ready: () => makeDefinition(kiln, 'goes'),
    body: () =>
      template([shell('a', 'true')], [sharedImage(subscription, 'goes', { regions: ['westeurope'] })]),
    spoil: () => gone(compute('images', 'galleries/goldens/images/goes'), '2023-07-03'),
    says: 'TargetNotFound /properties/distribute/0/galleryImageId',
  },
  subnet: {
    ready: () => makeNetwork('goes-net'),
    body: () => {
      const body = template([shell('a', 'true')], [vhd]);
      body.properties.vmProfile = { vnetConfig: { subnetId: `${network('goes-net')}/subnets/build` } };
      return body;
    },
    spoil: () => gone(network('goes-net'), '2024-01-01'),
    says: 'SubnetNotUsable /properties/vmProfile/vnetConfig/subnetId',
  },
  staging: {
    body: () => {
      const body = template([shell('a', 'true')], [vhd]);
      body.properties.stagingResourceGroup = groupId('staging-north');
      return body;
    },
    spoil: () => makeGroup('staging-north', 'northeurope'),
    says: 'InvalidValue /properties/stagingResourceGroup',
  },
  image: {
    body: () => template([shell('a', 'true')], [managedImage(subscription, 'contested')]),
    spoil: async () => {
      const { code } = await submit(
        'rival',
        template([shell('a', 'true')], [managedImage(subscription, 'contested')]),
      );
      assert.equal(code, undefined);
      assert.equal((await kiln.run('rival', 120)).state, 'Succeeded');
    },
    says: 'NotOurs /properties/distribute/0/imageId',
  },
  version: {
    ready: () => makeDefinition(kiln, 'numbered'),
    body: () => {
      const target = sharedImage(subscription, 'numbered', { regions: ['westeurope'] });
      return template(
        [shell('a', 'true')],
        [{ ...target, versioning: { scheme: 'Exact', version: '3.0.0' } }],
      );
    },
    // Its own first run takes the number.
    spoil: async () => assert.equal((await kiln.run('late-version', 120)).state, 'Succeeded'),
    says: 'VersionExists /properties/distribute/0/versioning/version',
  },
};

describe('what has become impossible since its submission ends in resolve', { concurrency: 2 }, () => {
  for (const [name, { ready, body, spoil, says }] of Object.entries(CHANGES))
    test(name, async () => {
      await ready?.();
      const accepted = await submit(`late-${name}`, body());
      assert.equal(accepted.code, undefined, accepted.message);
      await spoil();
      const run = await kiln.run(`late-${name}`, 60);
      assert.equal(run.state, 'Failed', run.message);
      assert.equal(`${run.error.code} ${run.error.target}`, says);
      const timeline = await kiln.api('GET', `${kiln.templatePath}/late-${name}/runs/${run.id}/timeline`);
      assert.deepEqual([...new Set(timeline.body.value.map(({ phase }: any) => phase))], ['resolve']);
      assert.equal(run.stagingGroup, undefined, 'nothing was created');
    });
});

test('an image that something else made is replaced when the target says so', async () => {
  const target = { ...managedImage(subscription, 'contested'), replace: true };
  const accepted = await submit('migrated', template([shell('a', 'true')], [target]));
  assert.equal(accepted.code, undefined, accepted.message);
  const run = await kiln.run('migrated', 120);
  assert.equal(run.state, 'Succeeded', run.message);
  const { body } = await kiln.arm('GET', compute('images', 'images/contested'), '2024-07-01');
  assert.equal(body.tags['kiln-template'], `${subscription}/images/migrated`);
});
