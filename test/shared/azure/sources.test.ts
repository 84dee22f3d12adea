import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceId } from '../../../shared/model/convert.ts';
import { failureOf, GROUP, type Received, standIn, SUBSCRIPTION } from './stand-in.ts';

const DEFINITION = `${GROUP}/providers/Microsoft.Compute/galleries/gallery/images/web`;
const LATEST = resourceId(`${DEFINITION}/versions/latest`);

type Version = {
  readonly state?: string;
  readonly excluded?: boolean;
  readonly targets?: readonly { readonly name: string; readonly excludeFromLatest?: boolean }[];
  readonly replication?: string;
};

/** A gallery with the versions given; the replication state is in single answers only, as in Azure. */
function gallery(versions: Readonly<Record<string, Version>>, definition: object = {}) {
  const bodyOf = (name: string, version: Version, single: boolean) => ({
    name,
    properties: {
      provisioningState: version.state ?? 'Succeeded',
      publishingProfile: {
        excludeFromLatest: version.excluded ?? false,
        targetRegions: version.targets ?? [{ name: 'West Europe' }],
      },
      ...(single && {
        replicationStatus: {
          summary: [{ region: 'West Europe', state: version.replication ?? 'Completed' }],
        },
      }),
    },
  });
  return ({ path }: Received) => {
    if (path === DEFINITION)
      return {
        body: {
          location: 'northeurope',
          properties: {
            osType: 'Windows',
            osState: 'Generalized',
            hyperVGeneration: 'V2',
            architecture: 'Arm64',
            ...definition,
          },
        },
      };
    if (path === `${DEFINITION}/versions`)
      return { body: { value: Object.entries(versions).map(([name, one]) => bodyOf(name, one, false)) } };
    const name = path.split('/').at(-1) ?? '';
    const version = versions[name];
    return version && { body: bodyOf(name, version, true) };
  };
}

test('the latest gallery version is the highest by numbers, and comes back as an exact id', async () => {
  const arm = await standIn(gallery({ '1.0.9': {}, '1.0.10': {}, '0.99.99': {} }));
  assert.deepEqual(await arm.azure.sources.galleryVersion(LATEST, 'westeurope'), {
    id: `${DEFINITION}/versions/1.0.10`,
    location: 'westeurope',
    generation: 'V2',
    osType: 'Windows',
    architecture: 'Arm64',
    generalized: true,
    securityType: 'Standard',
  });
});

test('the latest gallery version is one that is complete, not excluded and really in the region', async () => {
  const arm = await standIn(
    gallery({
      '1.0.0': {},
      '2.0.0': { replication: 'Replicating' },
      '3.0.0': { targets: [{ name: 'eastus' }] },
      '4.0.0': { targets: [{ name: 'westeurope', excludeFromLatest: true }] },
      '5.0.0': { excluded: true },
      '6.0.0': { state: 'Failed' },
      '7.0.0': { state: 'Creating' },
    }),
  );
  const source = await arm.azure.sources.galleryVersion(LATEST, 'West Europe');
  assert.equal(source?.id, `${DEFINITION}/versions/1.0.0`);
  const gets = arm.calls().filter((call) => /versions\/\d/.test(call));
  assert.equal(gets.length, 2, 'only candidates are read one by one');
});

test('no usable version, no definition: undefined', async () => {
  const arm = await standIn(gallery({ '1.0.0': { excluded: true } }));
  assert.equal(await arm.azure.sources.galleryVersion(LATEST, 'westeurope'), undefined);
  const absent = resourceId(`${DEFINITION}/versions/9.9.9`);
  assert.equal(await arm.azure.sources.galleryVersion(absent, 'westeurope'), undefined);
});

test('an exact version that is not in the region yet says so, instead of failing in the machine', async () => {
  const arm = await standIn(
    gallery({ '1.0.0': { replication: 'Replicating' }, '2.0.0': { excluded: true } }),
  );
  const exact = (version: string) =>
    arm.azure.sources.galleryVersion(resourceId(`${DEFINITION}/versions/${version}`), 'westeurope');
  const failure = await failureOf(exact('1.0.0'));
  assert.equal(failure.code, 'SourceNotUsable');
  assert.match(failure.message, /Replicating in westeurope/);
  assert.equal((await exact('2.0.0'))?.id, `${DEFINITION}/versions/2.0.0`, 'excluded from latest only');
});

test('a definition tells its security type, Standard when it names none', async () => {
  const plain = await standIn(gallery({}));
  assert.equal((await plain.azure.galleries.definition(resourceId(DEFINITION)))?.securityType, 'Standard');
  const features = [
    { name: 'IsHibernateSupported', value: 'True' },
    { name: 'SecurityType', value: 'TrustedLaunchSupported' },
  ];
  const trusted = await standIn(gallery({}, { features }));
  const definition = await trusted.azure.galleries.definition(resourceId(DEFINITION));
  assert.equal(definition?.securityType, 'TrustedLaunchSupported');
  assert.equal(definition?.location, 'northeurope');
});

test('a Marketplace image is read with its plan and its deprecation', async () => {
  const arm = await standIn(({ path }) => ({
    body: {
      properties: {
        hyperVGeneration: 'V2',
        architecture: 'x64',
        // As recorded: the footer of the VHD is in it.
        osDiskImage: { operatingSystem: 'Linux', sizeInBytes: 32_213_303_808 },
        plan: { name: 'n', product: 'p', publisher: 'q' },
        imageDeprecationStatus: path.endsWith('/1.0.0')
          ? { imageState: 'Deprecated', alternativeOption: { type: 'Offer', value: 'debian-13' } }
          : { imageState: 'ScheduledForDeprecation', scheduledDeprecationTime: '2031-05-01T00:00:00Z' },
      },
    },
  }));
  const of = (version: string) =>
    arm.azure.sources.marketplaceImage('westeurope', 'Debian', 'd', 's', version);
  const common = {
    generation: 'V2',
    osType: 'Linux',
    architecture: 'x64',
    securityType: 'Standard',
    osDiskGB: 30,
    plan: { planName: 'n', planProduct: 'p', planPublisher: 'q' },
  };
  assert.deepEqual(await of('1.0.0'), {
    version: '1.0.0',
    ...common,
    deprecated: { alternative: 'debian-13' },
  });
  const retiring = { on: '2031-05-01T00:00:00.000Z' };
  assert.deepEqual(await of('1.0.1'), { version: '1.0.1', ...common, retiring });
});

test('a managed image carries its plan in tags', async () => {
  const id = resourceId(`${GROUP}/providers/Microsoft.Compute/images/golden`);
  const arm = await standIn(() => ({
    body: {
      location: 'West Europe',
      tags: { PlanName: 'n', PlanProduct: 'p', planpublisher: 'q' },
      properties: {
        hyperVGeneration: 'V1',
        storageProfile: { osDisk: { osType: 'Linux', osState: 'Specialized' } },
      },
    },
  }));
  assert.deepEqual(await arm.azure.sources.managedImage(id), {
    id,
    location: 'westeurope',
    generation: 'V1',
    osType: 'Linux',
    architecture: 'x64',
    generalized: false,
    securityType: 'Standard',
    plan: { planName: 'n', planProduct: 'p', planPublisher: 'q' },
  });
});

test('terms are accepted or not; who may not read them is not told that they are missing', async () => {
  const plan = { planName: 'n', planProduct: 'a b', planPublisher: 'q' };
  for (const [reply, accepted] of [
    [{ body: { properties: { accepted: true } } }, true],
    [{ body: { properties: { accepted: false } } }, false],
    [undefined, false],
    [{ status: 403, body: { error: { code: 'AuthorizationFailed', message: 'no' } } }, undefined],
  ] as const) {
    const arm = await standIn(() => reply);
    assert.equal(await arm.azure.sources.termsAccepted(plan), accepted);
    assert.deepEqual(arm.calls(), [
      `GET /subscriptions/${SUBSCRIPTION}/providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine/publishers/q/offers/a%20b/plans/n/agreements/current`,
    ]);
  }
});

test('a version tells the end of life that has passed, its own before its definition’s', async () => {
  const exact = resourceId(`${DEFINITION}/versions/1.0.0`);
  for (const [endOfLifeDate, expected] of [
    ['2020-01-02T00:00:00Z', '2020-01-02T00:00:00.000Z'],
    ['2099-01-02T00:00:00Z', undefined],
  ]) {
    const arm = await standIn(gallery({ '1.0.0': {} }, { endOfLifeDate }));
    assert.equal((await arm.azure.sources.galleryVersion(exact, 'westeurope'))?.endOfLife, expected);
  }
});
