// Every kind of image source against the local cloud, with simulated machines: what is found, and what is refused.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { LocalKiln, ROOT } from '../support/local-kiln.ts';
import { managedImage, shell, template, vhd } from '../support/templates.ts';

const OTHER = '99999999-8888-4777-8666-555555555555';
const PLAN = { name: 'hardened', product: 'cis-debian', publisher: 'cis' };

const image = (sku: string, version: string, more: object = {}): object => ({
  publisher: 'acme',
  offer: 'linux',
  sku,
  version,
  generation: 'V2',
  osType: 'Linux',
  ...more,
});

const deprecated = { state: 'Deprecated', alternative: 'acme:linux:new' };

let kiln: LocalKiln;
let subscription = '';
let folder = '';
before(async () => {
  const images = [
    image('paid', '1.0.0', { plan: PLAN }),
    image('debian-12', '12.0.0', { publisher: 'kiln', offer: 'iso-helper' }),
    image('withdrawn', '1.9.0'),
    image('withdrawn', '1.10.0'),
    image('withdrawn', '1.11.0', { deprecation: deprecated }),
    image('gone', '1.0.0', { deprecation: deprecated }),
    image('retiring', '1.0.0', {
      deprecation: { state: 'ScheduledForDeprecation', on: '2031-05-01', alternative: 'acme:linux:new' },
    }),
  ];
  folder = mkdtempSync(path.join(tmpdir(), 'kiln-sources-'));
  const profile = { subscriptions: [OTHER], simulated: { images } };
  kiln = await LocalKiln.start({ profile, authorization: writeAssignments() });
  subscription = kiln.endpoints.subscriptionId;
});
after(async () => {
  await kiln.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The shipped roles where they are meant to be; in the other subscription the one that reads sources only. */
function writeAssignments(): string {
  const shipped = path.join(ROOT, 'local/azure/authorization/assignments.json');
  const { assignments } = JSON.parse(readFileSync(shipped, 'utf8'));
  const own = assignments.map(({ role, scope }: any) => ({
    role: path.resolve(path.dirname(shipped), role),
    scope,
  }));
  const reader = { role: path.join(ROOT, 'infra/roles/publisher.json'), scope: `/subscriptions/${OTHER}` };
  const file = path.join(folder, 'assignments.json');
  writeFileSync(file, JSON.stringify({ assignments: [...own, reader] }));
  return file;
}

const marketplace = (sku: string, more: object = {}): object => ({
  type: 'PlatformImage',
  publisher: 'acme',
  offer: 'linux',
  sku,
  version: 'latest',
  ...more,
});

function from(source: object, distribute: object[] = [vhd]): any {
  const body = template([shell('a', 'true')], distribute);
  return { ...body, properties: { ...body.properties, source } };
}

/** What the submission says: its exact version, or its error. */
async function submitted(name: string, source: object): Promise<{ exact?: string; error?: any }> {
  const { body } = await kiln.submit(name, from(source));
  const { provisioningState, provisioningError, source: shown } = body.properties;
  return provisioningState === 'Succeeded' ? { exact: shown.exactVersion } : { error: provisioningError };
}

test('a paid image builds once its terms are accepted, and its plan goes with the image', async () => {
  const refused = await submitted('paid', marketplace('paid'));
  assert.equal(refused.error.provisioningErrorCode, 'TermsNotAccepted');
  assert.match(
    refused.error.message,
    /az vm image terms accept --publisher cis --offer cis-debian --plan hardened/,
  );

  const terms = `/subscriptions/${subscription}/providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine/publishers/cis/offers/cis-debian/plans/hardened/agreements/current`;
  await kiln.arm('PUT', terms, '2021-01-01', { properties: { accepted: true } });
  await kiln.submit('paid-2', from(marketplace('paid'), [managedImage(subscription, 'paid')]));
  const run = await kiln.run('paid-2');
  assert.equal(run.state, 'Succeeded', run.message);
  const { body } = await kiln.arm(
    'GET',
    `/subscriptions/${subscription}/resourceGroups/images/providers/Microsoft.Compute/images/paid`,
    '2024-07-01',
  );
  const { PlanName, PlanProduct, PlanPublisher } = body.tags;
  assert.deepEqual(
    { PlanName, PlanProduct, PlanPublisher },
    {
      PlanName: 'hardened',
      PlanProduct: 'cis-debian',
      PlanPublisher: 'cis',
    },
  );
});

test('a purchase plan that is not the image’s is refused at submission', async () => {
  const planInfo = { planName: 'other', planProduct: 'cis-debian', planPublisher: 'cis' };
  for (const [sku, says] of [
    ['paid', /but acme:linux:paid:1\.0\.0 has the purchase plan cis:cis-debian:hardened/],
    ['withdrawn', /has no purchase plan/],
  ] as const) {
    const { error } = await submitted(`plan-${sku}`, marketplace(sku, { planInfo }));
    assert.equal(error.provisioningErrorCode, 'SourceNotUsable');
    assert.match(error.message, says);
  }
});

test('latest is the newest version by numbers that is not deprecated; an exact deprecated one names its alternative', async () => {
  assert.deepEqual(await submitted('newest', marketplace('withdrawn')), { exact: '1.10.0' });
  for (const [name, source] of [
    ['all-gone', marketplace('gone')],
    ['exactly', marketplace('withdrawn', { version: '1.11.0' })],
  ] as const) {
    const { error } = await submitted(name, source);
    assert.equal(error.provisioningErrorCode, 'SourceDeprecated');
    assert.match(error.message, /names acme:linux:new instead/);
  }
  const absent = await submitted('absent', marketplace('absent'));
  assert.match(absent.error.message, /no version of acme:linux:absent in westeurope/);
});

test('an image that will be deprecated still builds, and the timeline says so', async () => {
  await kiln.submit('retiring', from(marketplace('retiring')));
  const run = await kiln.run('retiring');
  assert.equal(run.state, 'Succeeded', run.message);
  const { body } = await kiln.api('GET', `${kiln.templatePath}/retiring/runs/${run.id}/timeline`);
  const notes = JSON.stringify(body);
  assert.match(notes, /will be deprecated on 2031-05-01.*names acme:linux:new instead/);
});

const group = (of: string): string => `/subscriptions/${of}/resourceGroups/images`;
const definitionIn = (of: string): string =>
  `${group(of)}/providers/Microsoft.Compute/galleries/shared/images/base`;

/** A definition with a version for each entry, made from a managed image of the same subscription. */
async function gallery(of: string, versions: Record<string, object>): Promise<void> {
  const put = async (path: string, apiVersion: string, body: object): Promise<void> => {
    const { status, body: shown } = await kiln.arm('PUT', path, apiVersion, {
      location: 'westeurope',
      ...body,
    });
    assert.ok(status < 300, JSON.stringify(shown));
    await kiln.until(path, async () => {
      const { body: now } = await kiln.arm('GET', path, apiVersion);
      return now.properties.provisioningState === 'Succeeded' ? true : undefined;
    });
  };
  await put(group(of), '2024-07-01', {});
  const disk = `${group(of)}/providers/Microsoft.Compute/disks/base`;
  await put(disk, '2024-03-02', {
    properties: {
      diskSizeGB: 4,
      osType: 'Linux',
      hyperVGeneration: 'V2',
      creationData: { createOption: 'Empty' },
    },
  });
  const source = `${group(of)}/providers/Microsoft.Compute/images/base`;
  await put(source, '2024-07-01', {
    properties: {
      hyperVGeneration: 'V2',
      storageProfile: { osDisk: { osType: 'Linux', osState: 'Generalized', managedDisk: { id: disk } } },
    },
  });
  await put(definitionIn(of).split('/images/base')[0] ?? '', '2023-07-03', {});
  await put(definitionIn(of), '2023-07-03', {
    properties: {
      osType: 'Linux',
      osState: 'Generalized',
      hyperVGeneration: 'V2',
      identifier: { publisher: 'a', offer: 'b', sku: 'c' },
    },
  });
  for (const [name, publishingProfile] of Object.entries(versions))
    await put(`${definitionIn(of)}/versions/${name}`, '2023-07-03', {
      properties: { publishingProfile, storageProfile: { source: { id: source } } },
    });
}

test('a gallery version of another subscription is a source: the latest that is meant to be, or exactly the one', async () => {
  const targetRegions = [{ name: 'westeurope' }];
  await gallery(OTHER, {
    '1.9.0': { targetRegions },
    '1.10.0': { targetRegions },
    '2.0.0': { targetRegions, excludeFromLatest: true },
  });
  const versions = `${definitionIn(OTHER)}/versions`;
  await kiln.until('replication', async () => {
    const { error } = await submitted(`ready-${Date.now()}`, {
      type: 'SharedImageVersion',
      imageVersionId: `${versions}/2.0.0`,
    });
    return error === undefined ? true : undefined;
  });
  for (const [wanted, exact] of [
    ['latest', '1.10.0'],
    ['2.0.0', '2.0.0'],
  ]) {
    const source = { type: 'SharedImageVersion', imageVersionId: `${versions}/${wanted}` };
    await kiln.submit(`gallery-${wanted}`, from(source));
    const run = await kiln.run(`gallery-${wanted}`);
    assert.equal(run.state, 'Succeeded', run.message);
    assert.equal(run.source, `${versions}/${exact}`);
  }
});

test('a gallery version that is not in the region of the build is refused with the regions that have it', async () => {
  const id = `${definitionIn(OTHER)}/versions/1.9.0`;
  const body = from({ type: 'SharedImageVersion', imageVersionId: id });
  const { body: shown } = await kiln.submit('elsewhere', { ...body, location: 'swedencentral' });
  const { provisioningErrorCode, message } = shown.properties.provisioningError;
  assert.equal(provisioningErrorCode, 'SourceNotUsable');
  assert.match(message, /not replicated in swedencentral\. It is complete in westeurope\./);
  const latest = from({ type: 'SharedImageVersion', imageVersionId: id.replace('1.9.0', 'latest') });
  const { body: none } = await kiln.submit('elsewhere-latest', { ...latest, location: 'swedencentral' });
  assert.equal(none.properties.provisioningError.provisioningErrorCode, 'SourceNotFound');
  assert.match(none.properties.provisioningError.message, /complete in the region of the build/);
});

test('a managed image must be in the region and the subscription of the build', async () => {
  const id = `${group(OTHER)}/providers/Microsoft.Compute/images/base`;
  const { error } = await submitted('foreign-image', { type: 'ManagedImage', imageId: id });
  assert.equal(error.provisioningErrorCode, 'SourceNotUsable');
  assert.match(error.message, /is in subscription 99999999-.*A gallery image may be in any/);
  const near = from({ type: 'ManagedImage', imageId: id.replace(OTHER, subscription) });
  const { body } = await kiln.submit('absent-image', near);
  assert.equal(body.properties.provisioningError.provisioningErrorCode, 'SourceNotFound');
});

test('an ISO is fetched and installed by a helper VM before the build VM is made; nothing of it stays', async () => {
  const source = {
    type: 'ISO',
    sourceUri: 'https://cdn.example.com/rhel.iso?_auth_=secret',
    sha256Checksum: 'a'.repeat(64),
  };
  await kiln.submit('iso', from(source, [managedImage(subscription, 'iso')]));
  const run = await kiln.run('iso');
  assert.equal(run.state, 'Succeeded', run.message);
  assert.equal(run.source, `ISO https://cdn.example.com/rhel.iso?… sha256:${'a'.repeat(64)}`);
  const { body } = await kiln.api('GET', `${kiln.templatePath}/iso/runs/${run.id}/timeline`);
  const steps = body.value.map(({ phase, step, event }: any) => [phase, step, event].join(' '));
  const begin = steps.indexOf('install  started');
  assert.deepEqual(steps.slice(begin, begin + 6), [
    'install  started',
    'install fetch-medium started',
    'install fetch-medium succeeded',
    'install install-system started',
    'install install-system succeeded',
    'install  succeeded',
  ]);
  const groups = await kiln.arm('GET', `/subscriptions/${subscription}/resourcegroups`, '2024-07-01');
  assert.ok(groups.body.value.every((group: any) => !group.name.startsWith('IT_')));
});
