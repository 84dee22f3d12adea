import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { ContainerClient } from '@azure/storage-blob';
import { ServiceBusClient } from '@azure/service-bus';
import { createAzure } from '../../shared/azure/index.ts';
import { sweep } from '../../shared/janitor/sweep.ts';
import { createBlobStore } from '../../shared/store/blob-store.ts';
import { ANYBODY } from '../support/anybody.ts';
import { FakeEngine } from '../support/api.ts';
import { deduplicated } from '../support/events.ts';
import { makeDefinition, sharedImage } from '../support/distribution.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { testExchanges } from '../support/exchanges.ts';
import { shell, template, vhd } from '../support/templates.ts';

let kiln: LocalKiln;
let bus: ServiceBusClient;
let subscription = '';
const compute = () => `/subscriptions/${subscription}/resourceGroups/images/providers/Microsoft.Compute`;

before(async () => {
  kiln = await LocalKiln.start({
    record: true,
    profile: {
      replication: { seconds: 300, regions: { westus: { failTimes: 4 }, japaneast: { failTimes: 99 } } },
    },
  });
  subscription = kiln.endpoints.subscriptionId;
  bus = new ServiceBusClient(kiln.endpoints.serviceBus);
});
after(async () => {
  await bus.close();
  await kiln.stop();
});

/** How often a request of a kind was made, by the cloud's own record. */
function requests(operation: string): number {
  const lines = readFileSync(kiln.recordFile, 'utf8').split('\n');
  return lines.filter((line) => line.includes(`"operation":"${operation}"`)).length;
}

async function stagingGroups(): Promise<any[]> {
  const { body } = await kiln.arm('GET', `/subscriptions/${subscription}/resourcegroups`, '2024-07-01');
  return body.value.filter(({ name }: any) => name.startsWith('IT_'));
}

const newest = async (name: string): Promise<any> =>
  (await kiln.api('GET', `${kiln.templatePath}/${name}/runs`)).body.value[0];

async function again(name: string, what: 'retry' | 'distribute', body: unknown = {}): Promise<any> {
  const run = await newest(name);
  const answer = await kiln.api('POST', `${kiln.templatePath}/${name}/runs/${run.id}/${what}`, body);
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
  const ended = await kiln.ended(name, 120);
  const operation = await kiln.api('GET', answer.headers.get('azure-asyncoperation') ?? '');
  assert.equal(operation.body.status, ended.state === 'Succeeded' ? 'Succeeded' : 'Failed');
  return ended;
}

test('a region that failed leaves the image for a day, and retry heals it without another machine', async () => {
  await makeDefinition(kiln, 'healed');
  const regions = ['westeurope', 'northeurope', 'westus'];
  await kiln.submit(
    'healed',
    template([shell('a', 'true')], [sharedImage(subscription, 'healed', { regions }), vhd]),
  );
  const run = await kiln.run('healed', 120);
  assert.equal(run.state, 'PartiallySucceeded', run.message);
  assert.equal(run.cleanup, 'kept');
  const [group] = await stagingGroups();
  const lease = Date.parse(group.tags['kiln-expires']) - Date.now();
  assert.ok(lease > 23 * 3_600_000 && lease <= 24 * 3_600_000, `kept for ${lease} ms`);
  assert.ok(Date.parse(run.retryUntil) > Date.now());

  const machines = requests('VirtualMachines_CreateOrUpdate');
  const copies = requests('Disks_GrantAccess');
  const healed = await again('healed', 'retry');
  assert.equal(healed.state, 'Succeeded', healed.message);
  assert.equal(healed.id, run.id);
  assert.equal(healed.message, '');
  assert.equal(requests('VirtualMachines_CreateOrUpdate'), machines, 'no machine was built');
  assert.equal(requests('Disks_GrantAccess'), copies, 'what was done is not done again');
  const versions = await kiln.arm(
    'GET',
    `${compute()}/galleries/goldens/images/healed/versions`,
    '2023-07-03',
  );
  assert.equal(versions.body.value.length, 1);
  const { publishingProfile } = versions.body.value[0].properties;
  assert.equal(publishingProfile.targetRegions.length, 3);
  assert.equal(publishingProfile.excludeFromLatest, false, 'complete now, and promoted');
  const output = healed.outputs.find(({ name }: any) => name === 'healed');
  assert.ok(output.regions.every(({ state }: any) => state === 'Completed'));
  assert.deepEqual(await stagingGroups(), [], 'nothing is left to retry from, and nothing is left');
  const { body } = await kiln.api('GET', `${kiln.templatePath}/healed`);
  assert.equal(body.properties.lastRunStatus.runState, 'Succeeded');
  const timeline = await kiln.api('GET', `${kiln.templatePath}/healed/runs/${run.id}/timeline`);
  const regionsDone = timeline.body.value.filter(
    ({ step = '', event }: any) => /westus/.test(step) && event === 'succeeded',
  );
  assert.equal(regionsDone.length, 1);
});

test('the topic tells what the retry has healed, and how the run has ended now', async () => {
  const { id } = await newest('healed');
  const receiver = bus.createReceiver('build-events', 'all');
  const events: any[] = [];
  await kiln.until('the second end', async () => {
    for (const message of await receiver.receiveMessages(50, { maxWaitTimeInMs: 500 })) {
      events.push(message.body);
      await receiver.completeMessage(message);
    }
    return events.some((event) => event.id === `${id}/1/Succeeded`) ? true : undefined;
  });
  await receiver.close();
  const told = deduplicated(events).map(({ type, data }): [string, any] => [
    type.replace('io.kiln.run.', ''),
    data,
  ]);
  const ends = told.filter(([, data]) => data.endTime !== undefined).map(([type]) => type);
  assert.deepEqual(ends, ['partiallySucceeded', 'succeeded']);
  const healed = told.findIndex(([type, data]) => type === 'regionCompleted' && data.region === 'westus');
  assert.ok(healed > told.findIndex(([type]) => type === 'partiallySucceeded'), 'after the first end');
});

test('a run that has succeeded, or that has nothing left, is not retried', async () => {
  const run = await newest('healed');
  const done = await kiln.api('POST', `${kiln.templatePath}/healed/runs/${run.id}/retry`);
  assert.equal(done.status, 409);
  assert.match(done.body.error.message, /has succeeded/);
  await kiln.submit('broken', template([shell('bad', '# kiln-simulate: exit=1')], [vhd]));
  const broken = await kiln.run('broken');
  const refused = await kiln.api('POST', `${kiln.templatePath}/broken/runs/${broken.id}/retry`);
  assert.equal(refused.status, 409);
  assert.match(refused.body.error.message, /before it had something to distribute/);
  const absent = await kiln.api('POST', `${kiln.templatePath}/broken/runs/${crypto.randomUUID()}/retry`);
  assert.equal(absent.status, 404);
});

test('a finished image goes to new targets of every type from its gallery version, without a build', async () => {
  await makeDefinition(kiln, 'more');
  const machines = requests('VirtualMachines_CreateOrUpdate');
  const elsewhere = {
    type: 'ManagedImage',
    runOutputName: 'north',
    imageId: `${compute()}/images/north`,
    location: 'northeurope',
  };
  const more = await again('healed', 'distribute', {
    distribute: [
      sharedImage(subscription, 'more', { regions: ['westeurope', 'eastus'] }),
      { ...vhd, runOutputName: 'late-vhd' },
      { ...elsewhere, runOutputName: 'home', imageId: `${compute()}/images/home`, location: 'westeurope' },
      elsewhere,
    ],
  });
  assert.equal(more.state, 'Succeeded', more.message);
  assert.deepEqual(
    more.outputs.map(({ name }: any) => name).toSorted(),
    ['healed', 'home', 'late-vhd', 'more', 'north', 'web-vhd'].toSorted(),
  );
  assert.equal(requests('VirtualMachines_CreateOrUpdate'), machines, 'no machine was built');
  for (const [name, location] of [
    ['home', 'westeurope'],
    ['north', 'northeurope'],
  ]) {
    const image = await kiln.arm('GET', `${compute()}/images/${name}`, '2024-07-01');
    assert.equal(image.body.location, location);
    assert.equal(image.body.properties.hyperVGeneration, 'V2');
    assert.equal(image.body.tags['kiln-run'], more.id);
  }
  const download = await kiln.api('POST', `${kiln.templatePath}/healed/runOutputs/late-vhd/download`);
  const bytes = Buffer.from(await (await fetch(download.body.url)).arrayBuffer());
  assert.equal(bytes.subarray(-512).toString('latin1', 0, 8), 'conectix');
  assert.ok(createHash('sha256').update(bytes).digest('hex').length === 64);
  assert.deepEqual(await stagingGroups(), []);
});

test("in a group of the team's own, what a copy to another region leaves is removed and the group stays", async () => {
  const group = `/subscriptions/${subscription}/resourceGroups/team-staging`;
  await kiln.arm('PUT', group, '2024-07-01', { location: 'westeurope' });
  const targets = ['northeurope', 'eastus'].map((location) => ({
    type: 'ManagedImage',
    runOutputName: location,
    imageId: `${compute()}/images/copy-${location}`,
    location,
  }));
  const body = template([shell('a', 'true')], targets);
  body.properties.stagingResourceGroup = group;
  await kiln.submit('copied', body);
  const run = await kiln.run('copied', 120);
  assert.equal(run.state, 'Succeeded', run.message);
  for (const { imageId, location } of targets)
    assert.equal((await kiln.arm('GET', imageId, '2024-07-01')).body.location, location);
  assert.ok(requests('Snapshots_CreateOrUpdate') >= 3, 'one of the disk, one copy for each region');
  const left = await kiln.arm('GET', `${group}/resources`, '2024-07-01');
  assert.deepEqual(left.body.value, []);
});

test("in a group of the team's own, all that a retry needs lives as long as its lease, and the janitor takes all of it then", async () => {
  const group = `/subscriptions/${subscription}/resourceGroups/team-lease`;
  await kiln.arm('PUT', group, '2024-07-01', { location: 'westeurope' });
  // Such a version is made of an image, which has to live as long as the machine.
  await makeDefinition(kiln, 'leased', { securityType: 'TrustedLaunchSupported' });
  const target = sharedImage(subscription, 'leased', { regions: ['westeurope', 'japaneast'] });
  const body = template([shell('a', 'true')], [target]);
  body.properties.stagingResourceGroup = group;
  await kiln.submit('leased', body);
  const run = await kiln.run('leased', 120);
  assert.equal(run.state, 'PartiallySucceeded', run.message);
  const made = async (): Promise<any[]> =>
    (await kiln.arm('GET', `${group}/resources`, '2024-07-01')).body.value.filter(
      ({ type }: any) => type.split('/').length === 2,
    );
  const tagged = (await made()).filter(({ tags }) => tags?.['kiln-run'] === run.id);
  assert.deepEqual(tagged.map(({ type }) => type.split('/')[1]).toSorted(), [
    'images',
    'networkSecurityGroups',
    'virtualMachines',
    'virtualNetworks',
  ]);
  for (const { id, tags } of tagged) assert.equal(tags['kiln-expires'], run.retryUntil, id);

  const { arm, storage } = kiln.endpoints;
  const token = await kiln.token('https://management.azure.com');
  const credential = {
    getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  const janitor = (hours: number) =>
    sweep({
      appName: 'kiln',
      store: createBlobStore(new ContainerClient(storage, 'kiln')),
      engine: new FakeEngine(),
      ...ANYBODY,
      urls: { allow: [] },
      now: () => new Date(Date.now() + hours * 3_600_000),
      newId: () => crypto.randomUUID(),
      azure: (subscriptionId) => createAzure({ endpoint: arm, credential, subscriptionId }),
    });
  await janitor(23);
  assert.equal((await made()).length, 6, 'with the disk and the network card of the machine');
  await kiln.until('an empty group', async () => {
    await janitor(25);
    return (await made()).length === 0 ? true : undefined;
  });
});

test('new targets that are wrong are refused at once, each with its pointer', async () => {
  const run = await newest('healed');
  const post = (body: unknown) =>
    kiln.api('POST', `${kiln.templatePath}/healed/runs/${run.id}/distribute`, body);
  const wrong = await post({ distribute: [{ type: 'VHD' }, { type: 'Floppy', runOutputName: 'x' }] });
  assert.equal(wrong.status, 400);
  assert.deepEqual(wrong.body.error.details.map(({ target }: any) => target).toSorted(), [
    '/distribute/0/runOutputName',
    '/distribute/1/type',
  ]);
  assert.equal((await post({})).status, 400);
  const taken = await post({ distribute: [vhd] });
  assert.equal(taken.status, 409);
  assert.match(taken.body.error.message, /"web-vhd" already/);
});

test('a retry that fails again keeps the image for the next one', async () => {
  await makeDefinition(kiln, 'stubborn');
  const target = sharedImage(subscription, 'stubborn', { regions: ['westeurope', 'japaneast'] });
  await kiln.submit('stubborn', template([shell('a', 'true')], [target]));
  const first = await kiln.run('stubborn', 120);
  assert.equal(first.state, 'PartiallySucceeded', first.message);
  const second = await again('stubborn', 'retry');
  assert.equal(second.state, 'PartiallySucceeded');
  assert.equal(second.cleanup, 'kept');
  assert.equal((await stagingGroups()).length, 1);
  assert.equal(second.outputs[0].regions.length, 2);
});

testExchanges(() => kiln.recordFile);
