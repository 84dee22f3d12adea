// What Azure refuses of names, tags, counts and regions, in its words.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeGallery, makeVm, stage, versionBody } from './bodies.ts';
import { assertRefused, cloudFixture, type CloudFixture, type RunningCloud } from './support.ts';

let fixture: CloudFixture;
let cloud: RunningCloud;
let group: string;
let compute: string;
let machine: string;
let definition: string;

before(async () => {
  fixture = await cloudFixture();
  cloud = await fixture.start();
  const staged = await stage(cloud, 'refusals');
  ({ group, compute } = staged);
  machine = staged.id(await makeVm(cloud, staged, { generalized: true }));
  definition = await makeGallery(cloud, compute);
});
after(() => fixture[Symbol.asyncDispose]());

const image = () => ({ location: 'westeurope', properties: { sourceVirtualMachine: { id: machine } } });

describe('a managed image', () => {
  for (const name of ['web-%7B%7Btimestamp%7D%7D', '_web', 'web.', 'web-', 'w'.repeat(81), 'a%20b'])
    test(`cannot be called ${decodeURIComponent(name).slice(0, 24)}`, async () => {
      const answer = await cloud.call('PUT', `${compute}/images/${name}`, {
        ...image(),
        properties: { ...image().properties, hyperVGeneration: 'V2' },
      });
      assert.match(assertRefused(answer, 400, 'InvalidParameter'), /validation rule: \^\[\^_\\W\]/);
    });

  test('may have 80 characters', async () => {
    const properties = { ...image().properties, hyperVGeneration: 'V2' };
    const answer = await cloud.call('PUT', `${compute}/images/${'w'.repeat(80)}`, { ...image(), properties });
    assert.equal(answer.status, 201);
  });
});

describe('tags', () => {
  const put = (tags: Record<string, string>) =>
    cloud.call('PUT', '/resourceGroups/tagged', { location: 'westeurope', tags });
  for (const [what, tags, code] of [
    ['a name with a reserved character', { 'a/b': '1' }, 'InvalidTagNameCharacters'],
    ['a name with a control character', { 'a\tb': '1' }, 'InvalidTagNameCharacters'],
    ['a name of 513 characters', { ['n'.repeat(513)]: '1' }, 'InvalidTagName'],
    ['a value of 257 characters', { a: 'v'.repeat(257) }, 'InvalidTagValueLength'],
    ['names that differ in case only', { Owner: '1', owner: '2' }, 'InvalidRequestContent'],
    [
      '51 of them',
      Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`t${index}`, ''])),
      'InvalidTags',
    ],
  ] as const)
    test(`${what} are refused`, async () => {
      assertRefused(await put(tags), 400, code);
      assertRefused(await cloud.call('PATCH', group, { tags }), 400, code);
    });

  test('at the limits are taken', async () => {
    const tags = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`${index}`.padEnd(512, 'n'), 'v'.repeat(256)]),
    );
    assert.equal((await put(tags)).status, 201);
  });
});

describe('an image version', () => {
  const version = (publishing: object, regions = ['westeurope']) =>
    cloud.call(
      'PUT',
      `${definition}/versions/1.0.0`,
      versionBody({ virtualMachineId: machine }, regions, publishing),
    );

  test('has 1 to 100 replicas in a region and 100 in all', async () => {
    for (const count of [0, 101])
      assertRefused(
        await version({ targetRegions: [{ name: 'westeurope', regionalReplicaCount: count }] }),
        400,
        'InvalidParameter',
      );
    const two = ['westeurope', 'eastus'].map((name) => ({ name, regionalReplicaCount: 60 }));
    assert.match(
      assertRefused(await version({ targetRegions: two }), 400, 'InvalidParameter'),
      /total number of replicas '120'/,
    );
  });

  test('does not go to a region that there is not', async () => {
    const answer = await version({}, ['westeurope', 'west europee']);
    assertRefused(answer, 400, 'LocationNotAvailableForResourceType');
  });
});

describe('clients that broke on the local cloud', () => {
  const token = (path: string, init: RequestInit) =>
    fetch(`${cloud.url}${path}`, init).then((answer) => answer.json() as Promise<Record<string, unknown>>);

  test('get numbers from the OAuth end point, and texts from that of App Service', async () => {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      scope: `${cloud.url}/.default`,
      client_id: 'c',
      client_secret: String(cloud.ready['clientSecret']),
    });
    const oauth = await token('/adfs/oauth2/token', { method: 'POST', body });
    assert.equal(oauth['expires_in'], 3600);
    const headers = { 'X-IDENTITY-HEADER': String(cloud.ready['identityHeader']) };
    const identity = await token(`/msi/token?resource=${cloud.url}/`, { headers });
    assert.equal(identity['expires_in'], '3600');
  });

  test('find the header of the managed identity again after a restart', async () => {
    const first = await fixture.start({ data: 'kept' });
    await first.stop();
    const second = await fixture.start({ data: 'kept' });
    assert.equal(second.ready['identityHeader'], first.ready['identityHeader']);
    await second.stop();
  });

  test('read the short names of images without a token', async () => {
    const { outputs } = (await token('/aliases.json', {})) as { outputs: { aliases: { value: object } } };
    assert.deepEqual(Object.keys(outputs.aliases.value), ['Linux', 'Windows']);
  });

  test('narrow a list by the name of a resource group', async () => {
    const filter = encodeURIComponent(
      "resourceGroup eq 'refusals' and resourceType eq 'Microsoft.Compute/galleries'",
    );
    const seen: unknown[] = [];
    let next: string | undefined = `/resources?$filter=${filter}`;
    while (next !== undefined) {
      const { body } = await cloud.call('GET', next);
      const page = body as { value: { name: string }[]; nextLink?: string };
      seen.push(...page.value.map(({ name }) => name));
      next = page.nextLink;
    }
    assert.deepEqual(seen, ['g']);
    const unknown = encodeURIComponent("owner eq 'me'");
    assertRefused(
      await cloud.call('GET', `/resources?$filter=${unknown}`),
      400,
      'InvalidFilterInQueryString',
    );
  });
});
