import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { BlobServiceClient } from '@azure/storage-blob';
import { makeDefinition, sharedImage } from '../support/distribution.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { shell, template } from '../support/templates.ts';

let kiln: LocalKiln;
let subscription = '';
const gallery = () =>
  `/subscriptions/${subscription}/resourceGroups/images/providers/Microsoft.Compute/galleries/goldens`;

before(async () => {
  // Copies go to the local storage account only, and a template may name that only where it is allowed.
  const storagePort = await freePort();
  kiln = await LocalKiln.start({
    record: true,
    storagePort,
    env: { KILN_URL_ALLOW: `http://127.0.0.1:${storagePort}` },
    profile: {
      replication: {
        seconds: 500,
        regions: {
          uksouth: { failTimes: 2 },
          francecentral: { failTimes: 1, failsVersion: true },
          japaneast: { stuck: true },
          westus: { failTimes: 99 },
        },
      },
      faults: [
        {
          match: { method: 'PUT', path: '*/images/doomed/versions/*' },
          calls: 'all',
          failOperation: { code: 'InternalExecutionError', message: 'An internal execution error occurred.' },
        },
        {
          match: { method: 'PUT', path: '*/images/unlucky/versions/*' },
          failOperation: { code: 'InternalExecutionError', message: 'An internal execution error occurred.' },
        },
        {
          match: { method: 'GET', path: '*/images/storm/versions/*' },
          calls: [2, 3, 4, 7, 8, 11],
          answer: {
            status: 429,
            code: 'TooManyRequests',
            message: 'Please try again after 120 seconds.',
            headers: { 'Retry-After': '120', 'retry-after-ms': '120' },
          },
        },
        {
          match: { method: 'PUT', path: '*/images/storm/versions/*' },
          calls: [1, 2, 3, 5],
          answer: {
            status: 409,
            code: 'Conflict',
            message: 'The gallery image is being updated.',
            headers: { 'retry-after-ms': '100' },
          },
        },
      ],
    },
  });
  subscription = kiln.endpoints.subscriptionId;
});
after(() => kiln.stop());

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Orchestrations of a run that have not ended, but for those that only look now and then and end at their next look. */
function livingInstances(runId: string): unknown[] {
  const database = new DatabaseSync(path.join(kiln.folder, 'host', 'durable.db'), { readOnly: true });
  const rows = database
    .prepare(
      "SELECT id FROM instance WHERE id LIKE ? AND name <> 'wait-until' AND status IN ('Pending', 'Running', 'ContinuedAsNew')",
    )
    .all(`${runId}%`);
  database.close();
  return rows;
}

async function versionsOf(definition: string): Promise<any[]> {
  const { body } = await kiln.arm('GET', `${gallery()}/images/${definition}/versions`, '2023-07-03');
  return body.value;
}

async function build(name: string, distribute: object[]): Promise<any> {
  const accepted = await kiln.submit(name, template([shell('a', 'true')], distribute));
  assert.equal(accepted.body.properties?.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
  return kiln.run(name, 120);
}

const regionsOf = (run: any, output: string): Record<string, string> =>
  Object.fromEntries(
    run.outputs
      .find(({ name }: any) => name === output)
      .regions.map(({ region, state }: any) => [region, state]),
  );

// Together, because each of them mostly waits for its own definition's regions.
describe('a gallery version', { concurrency: true }, () => {
  test('a region that fails twice is taken out and put in again until it works, through storms of 409 and 429', async () => {
    await makeDefinition(kiln, 'storm');
    const run = await build('storm', [
      sharedImage(subscription, 'storm', { regions: ['westeurope', 'uksouth', 'northeurope'] }),
    ]);
    assert.equal(run.state, 'Succeeded', run.message);
    assert.deepEqual(regionsOf(run, 'storm'), {
      westeurope: 'Completed',
      uksouth: 'Completed',
      northeurope: 'Completed',
    });
    const [version, ...more] = await versionsOf('storm');
    assert.deepEqual(more, []);
    assert.equal(version.properties.publishingProfile.excludeFromLatest, false);
    assert.equal(version.properties.publishingProfile.targetRegions.length, 3);
    assert.equal(version.properties.safetyProfile.allowDeletionOfReplicatedLocations, false);
    const exchanges = readFileSync(kiln.recordFile, 'utf8');
    assert.ok(exchanges.includes('"status":429'), 'the storm was real');
  });

  test('a version that nothing has to wait for is written once, and one with a rule of its own twice', async () => {
    const regions = ['westeurope', 'northeurope'];
    await makeDefinition(kiln, 'once');
    await makeDefinition(kiln, 'ruled');
    const run = await build('once', [
      sharedImage(subscription, 'once', { regions }),
      sharedImage(subscription, 'ruled', { regions, promotion: { rule: 'AllRegions' } }),
    ]);
    assert.equal(run.state, 'Succeeded', run.message);
    for (const [name, writes] of Object.entries({ once: 1, ruled: 2 })) {
      const [version] = await versionsOf(name);
      assert.equal(version.properties.publishingProfile.excludeFromLatest, false, name);
      assert.equal(run.outputs.find((output: any) => output.name === name).promoted, true, name);
      const lines = readFileSync(kiln.recordFile, 'utf8').split('\n');
      const put = (line: string) => line.includes('"PUT"') && line.includes(`/images/${name}/versions/`);
      assert.equal(lines.filter(put).length, writes, name);
    }
  });

  test('a region that fails the operation of its version costs only itself', async () => {
    await makeDefinition(kiln, 'late');
    const run = await build('late', [
      sharedImage(subscription, 'late', { regions: ['westeurope', 'francecentral'] }),
    ]);
    assert.equal(run.state, 'Succeeded', run.message);
    assert.equal((await versionsOf('late')).length, 1);
  });

  test('a version that fails everywhere is taken away, and its number is never used again', async () => {
    await makeDefinition(kiln, 'unlucky');
    const run = await build('unlucky', [sharedImage(subscription, 'unlucky', { regions: ['westeurope'] })]);
    assert.equal(run.state, 'Succeeded', run.message);
    assert.deepEqual(
      (await versionsOf('unlucky')).map(({ name }) => name),
      ['0.0.2'],
    );
  });

  test('a region that never works leaves the others usable, and the version out of latest by the rule of all', async () => {
    await makeDefinition(kiln, 'partly');
    const run = await build('partly', [
      sharedImage(subscription, 'partly', {
        regions: ['westeurope', 'westus'],
        promotion: { rule: 'AllRegions' },
      }),
    ]);
    assert.equal(run.state, 'PartiallySucceeded', run.message);
    assert.deepEqual(regionsOf(run, 'partly'), { westeurope: 'Completed', westus: 'Failed' });
    const [output] = run.outputs;
    assert.equal(output.promoted, false);
    assert.match(output.regions[1].error.message, /westus failed.*removed and added again 3 times/);
    const [version] = await versionsOf('partly');
    assert.equal(version.properties.publishingProfile.excludeFromLatest, true);
  });

  test('a quorum lets latest see the version while a region still hangs', async () => {
    await makeDefinition(kiln, 'quorum');
    const target = sharedImage(subscription, 'quorum', {
      regions: ['westeurope', 'northeurope', 'japaneast'],
      promotion: { rule: 'Quorum', regions: 2 },
      regionTimeout: '12s',
    });
    await kiln.submit('quorum', template([shell('a', 'true')], [target]));
    await kiln.api('POST', `${kiln.templatePath}/quorum/run`);
    const early = await kiln.until(
      'the promotion',
      async () => {
        const [version] = await versionsOf('quorum');
        return version?.properties.publishingProfile.excludeFromLatest === false ? version : undefined;
      },
      180,
    );
    const { body } = await kiln.api('GET', `${kiln.templatePath}/quorum`);
    assert.equal(body.properties.lastRunStatus.runSubState, 'Distributing', 'it hangs still');
    const run = await kiln.ended('quorum');
    assert.equal(run.state, 'PartiallySucceeded', run.message);
    assert.equal(regionsOf(run, 'quorum')['japaneast'], 'TimedOut');
    assert.equal(run.outputs[0].promoted, true);
    assert.equal((await versionsOf('quorum'))[0].id, early.id);
  });

  test('rings come one after the other, and the first that goes wrong is the last', async () => {
    await makeDefinition(kiln, 'rings');
    const target = (rings: string[][], more = {}) =>
      sharedImage(subscription, 'rings', {
        regions: rings.flat(),
        rings: rings.map((regions) => ({ regions })),
        ...more,
      });
    const good = await build('rings', [target([['westeurope'], ['northeurope', 'eastus']])]);
    assert.equal(good.state, 'Succeeded', good.message);
    const regions = ['westeurope', 'westus', 'northeurope'];
    const bad = await build('rings', [
      target([['westeurope'], ['westus'], ['northeurope']], { promotion: { rule: 'Ring', ring: 1 } }),
    ]);
    assert.equal(bad.state, 'PartiallySucceeded');
    assert.deepEqual(
      regions.map((region) => regionsOf(bad, 'rings')[region]),
      ['Completed', 'Failed', 'Skipped'],
    );
    const version = (await versionsOf('rings')).find(({ tags }) => tags['kiln-run'] === bad.id);
    assert.equal(version.properties.publishingProfile.excludeFromLatest, false, 'ring 1 was the rule');
    const names = version.properties.publishingProfile.targetRegions.map(({ name }: any) => name);
    assert.ok(!names.includes('North Europe'), 'the last ring was never touched');
  });

  test('a ring that asks for an approval holds the next one back until it is given', async () => {
    await makeDefinition(kiln, 'gated');
    const target = sharedImage(subscription, 'gated', {
      regions: ['westeurope', 'northeurope'],
      rings: [{ regions: ['westeurope'], approval: true }, { regions: ['northeurope'] }],
    });
    const start = async () => {
      await kiln.api('POST', `${kiln.templatePath}/gated/run`);
      const { body } = await kiln.api('GET', `${kiln.templatePath}/gated/runs`);
      const run = `${kiln.templatePath}/gated/runs/${body.value[0].id}`;
      await kiln.until('the gate', async () => {
        const timeline = await kiln.api('GET', `${run}/timeline`);
        return (
          timeline.body.value.some(({ message = '' }: any) => /for an approval/.test(message)) || undefined
        );
      });
      return (decision: object) => kiln.api('POST', `${run}/approve`, { output: 'gated', ...decision });
    };
    await kiln.submit('gated', template([shell('a', 'true')], [target]));
    const approve = await start();
    const [held] = await versionsOf('gated');
    assert.equal(held.properties.publishingProfile.targetRegions.length, 1);
    assert.equal(held.properties.publishingProfile.excludeFromLatest, true);
    assert.equal((await approve({ ring: 2 })).status, 400);
    assert.equal((await approve({ ring: 'one' })).status, 400);
    assert.equal((await approve({ ring: 1 })).status, 204);
    const run = await kiln.ended('gated');
    assert.equal(run.state, 'Succeeded', run.message);
    assert.equal((await approve({ ring: 1 })).status, 409, 'nothing waits any more');

    const reject = await start();
    assert.equal((await reject({ ring: 1, approved: false })).status, 204);
    const refused = await kiln.ended('gated');
    assert.equal(refused.state, 'PartiallySucceeded');
    assert.deepEqual(regionsOf(refused, 'gated'), { westeurope: 'Completed', northeurope: 'Skipped' });
    assert.equal(refused.outputs[0].promoted, false);

    await start();
    await kiln.api('POST', `${kiln.templatePath}/gated/cancel`);
    const canceled = await kiln.ended('gated');
    assert.equal(canceled.state, 'Canceled');
    // The gate would be open for four days.
    await kiln.until('the end of every instance', async () =>
      livingInstances(canceled.id).length === 0 ? true : undefined,
    );
    const left = (await versionsOf('gated')).filter(({ tags }) => tags['kiln-run'] === canceled.id);
    assert.deepEqual(left, [], 'what is not promoted is taken back');
  });

  test('definitions of each security type get an image that they take, and what cannot work is refused at submission', async () => {
    const at = (definition: string) => sharedImage(subscription, definition, { regions: ['westeurope'] });
    await makeDefinition(kiln, 'plain');
    await makeDefinition(kiln, 'supported', { securityType: 'TrustedLaunchSupported' });
    await makeDefinition(kiln, 'trusted', { securityType: 'TrustedLaunch' });
    await makeDefinition(kiln, 'secret', { securityType: 'ConfidentialVM' });
    const standard = await build('standard', [at('plain'), at('supported')]);
    assert.equal(standard.state, 'Succeeded', standard.message);
    const sourceOf = async (definition: string) =>
      (await versionsOf(definition))[0].properties.storageProfile.source;
    assert.match((await sourceOf('plain')).virtualMachineId, /virtualMachines\/build$/);
    assert.match((await sourceOf('supported')).id, /images\/build-image$/);
    const trusted = await build('trusted', [at('trusted')]);
    assert.equal(trusted.state, 'Succeeded', trusted.message);
    assert.match((await sourceOf('trusted')).virtualMachineId, /virtualMachines\/build$/);
    // And from such an image to the next one.
    const child = template([shell('a', 'true')], [at('trusted')]);
    const imageVersionId = `${gallery()}/images/trusted/versions/latest`;
    child.properties.source = { type: 'SharedImageVersion', imageVersionId };
    await kiln.submit('child', child);
    const second = await kiln.run('child', 120);
    assert.equal(second.state, 'Succeeded', second.message);
    assert.equal((await versionsOf('trusted')).length, 2);

    const managed = {
      type: 'ManagedImage',
      runOutputName: 'managed',
      imageId: `/subscriptions/${subscription}/resourceGroups/images/providers/Microsoft.Compute/images/managed`,
      location: 'westeurope',
    };
    const iso = { type: 'ISO', sourceUri: 'https://example.com/a.iso', sha256Checksum: 'a'.repeat(64) };
    const { source: marketplace } = template([], []).properties;
    for (const [distribute, reason, source = marketplace] of [
      [[managed], /Azure makes no managed image of such a machine/, child.properties.source],
      [[at('plain')], /security type Standard does not take such a machine/, child.properties.source],
      [[at('trusted')], /no machine with trusted launch can be made of ISO https:.*Marketplace image/, iso],
      [[at('secret')], /security type ConfidentialVM/],
      [[at('trusted'), managed], /A managed image takes no machine with trusted launch/],
      [[at('trusted'), at('plain')], /definition takes no machine with trusted launch/],
      [
        [sharedImage(subscription, 'trusted', { regions: ['westeurope'], replicationMode: 'Shallow' })],
        /Shallow replication keeps the managed image.*trusted launch/,
      ],
      [[sharedImage(subscription, 'nowhere', { regions: ['westeurope'] })], /no gallery image definition/],
      [[sharedImage(subscription, 'plain', { regions: ['northeurope'] })], /westeurope, which must be among/],
    ] as const) {
      const body = template([], [...distribute]);
      body.properties.source = source;
      const refused = await kiln.submit('impossible', body);
      assert.equal(refused.body.properties?.provisioningState, 'Failed', JSON.stringify(refused.body));
      assert.match(refused.body.properties.provisioningError.message, reason);
    }
  });

  test('a Shallow version refers to an image that stays beside its gallery when the build is gone', async () => {
    await makeDefinition(kiln, 'quick', { securityType: 'TrustedLaunchSupported' });
    await makeDefinition(kiln, 'doomed');
    const shallow = (name: string, more: object = {}) =>
      sharedImage(subscription, name, { regions: ['westeurope'], replicationMode: 'Shallow', ...more });
    const run = await build('quick', [shallow('quick')]);
    assert.equal(run.state, 'Succeeded', run.message);
    assert.equal(run.cleanup, 'done');
    const [output] = run.outputs;
    const [version] = await versionsOf('quick');
    assert.equal(version.properties.publishingProfile.replicationMode, 'Shallow');
    assert.equal(version.properties.storageProfile.source.id, output.sourceId);
    const image = await kiln.arm('GET', output.sourceId, '2024-07-01');
    const { 'kiln-run': owner, 'kiln-shallow-source-of': of, 'kiln-expires': expires } = image.body.tags;
    assert.deepEqual([owner, of, expires], [run.id, 'goldens/quick', undefined]);
    // The version is of use, as long as its source is there.
    const disk = async (name: string) => {
      const creationData = { createOption: 'FromImage', galleryImageReference: { id: version.id } };
      const id = `${gallery().split('/galleries')[0]}/disks/${name}`;
      return kiln.arm('PUT', id, '2024-03-02', { location: 'westeurope', properties: { creationData } });
    };
    assert.ok((await disk('before')).status < 300);
    await kiln.arm('DELETE', output.sourceId, '2024-07-01');
    await kiln.until('the end of the source', async () =>
      (await kiln.arm('GET', output.sourceId, '2024-07-01')).status === 404 ? true : undefined,
    );
    assert.equal((await disk('after')).status, 404);

    const failed = await build('doomed', [
      shallow('doomed', { versioning: { scheme: 'Exact', version: '1.0.0' } }),
    ]);
    assert.equal(failed.state, 'Failed', failed.message);
    const images = `${gallery().split('/galleries')[0]}/images`;
    const left = (await kiln.arm('GET', images, '2024-07-01')).body.value;
    assert.deepEqual(
      left.filter(({ name }: any) => name.startsWith('doomed')),
      [],
      'no version came of it, and it is gone',
    );
  });

  test('a VHD goes to every blob that its target names; one that cannot be written costs only itself', async () => {
    const { storage } = kiln.endpoints;
    const service = BlobServiceClient.fromConnectionString(storage);
    const vhds = service.getContainerClient('vhds');
    await vhds.createIfNotExists();
    const folder = `${subscription}/images/copies`;
    // Somebody holds it: nothing can be written there.
    const held = vhds.getBlockBlobClient(`${folder}/held.vhd`);
    await held.upload('theirs', 6);
    await held.getBlobLeaseClient().acquireLease(-1);
    const copies = [`${service.url}/vhds/${folder}/web.vhd`, held.url];
    const run = await build('copies', [{ type: 'VHD', runOutputName: 'disk', copies }]);
    assert.equal(run.state, 'PartiallySucceeded', run.message);
    const [output] = run.outputs;
    assert.deepEqual(
      output.copies.map(({ state }: any) => state),
      ['Completed', 'Failed'],
    );
    assert.match(run.message, /These blobs did not get the VHD: .*held/);
    const copy = await vhds.getBlobClient(`${folder}/web.vhd`).downloadToBuffer();
    const own = await vhds
      .getBlobClient(decodeURIComponent(output.artifactUri.split('/vhds/')[1]))
      .downloadToBuffer();
    assert.ok(copy.equals(own));
  });

  test('two templates that publish to one definition at once get two versions, and no region is lost', async () => {
    await makeDefinition(kiln, 'shared');
    const regions = ['westeurope', 'northeurope', 'eastus'];
    const names = ['one', 'two', 'three'];
    for (const name of names)
      await kiln.submit(
        name,
        template([shell('a', 'true')], [sharedImage(subscription, 'shared', { regions })]),
      );
    await Promise.all(names.map((name) => kiln.api('POST', `${kiln.templatePath}/${name}/run`)));
    const runs = await Promise.all(names.map((name) => kiln.ended(name, 120)));
    for (const run of runs) assert.equal(run.state, 'Succeeded', run.message);
    const versions = await versionsOf('shared');
    assert.deepEqual(versions.map(({ name }) => name).toSorted(), ['0.0.1', '0.0.2', '0.0.3']);
    for (const version of versions)
      assert.equal(version.properties.publishingProfile.targetRegions.length, regions.length);
    assert.equal(new Set(versions.map(({ tags }) => tags['kiln-run'])).size, names.length);
  });
});
