// Targets whose regions leave out the one of the build: the disk is copied to where the version is made.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { makeDefinition, sharedImage } from '../support/distribution.ts';
import { testExchanges } from '../support/exchanges.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { shell, template } from '../support/templates.ts';

const REGIONS = ['westeurope', 'swedencentral'];

let kiln: LocalKiln;
let subscription = '';
before(async () => {
  kiln = await LocalKiln.start({ record: true });
  subscription = kiln.endpoints.subscriptionId;
});
after(() => kiln.stop());

/** Built in northeurope; the gallery is in westeurope. */
async function build(name: string, targets: object[], more: object = {}): Promise<any> {
  const body = template([shell('a', 'true')], targets);
  body.location = 'northeurope';
  Object.assign(body.properties, more);
  const { properties } = (await kiln.submit(name, body)).body;
  assert.equal(properties.provisioningState, 'Succeeded', JSON.stringify(properties.provisioningError));
  return kiln.run(name, 120);
}

async function versionOf(definition: string): Promise<any> {
  const gallery = `/subscriptions/${subscription}/resourceGroups/images/providers/Microsoft.Compute/galleries/goldens`;
  const { body } = await kiln.arm('GET', `${gallery}/images/${definition}/versions`, '2023-07-03');
  assert.equal(body.value.length, 1);
  return body.value[0];
}

describe('a target whose regions leave out the one of the build', { concurrency: true }, () => {
  for (const [name, more] of Object.entries({
    plain: {},
    trusted: { securityType: 'TrustedLaunch' },
    supported: { securityType: 'TrustedLaunchSupported' },
    special: { osState: 'Specialized' },
  }))
    test(`gets its version where the definition is, from a copy of the disk: ${name}`, async () => {
      await makeDefinition(kiln, name, more);
      const run = await build(name, [sharedImage(subscription, name, { regions: REGIONS })]);
      assert.equal(run.state, 'Succeeded', run.message);
      const version = await versionOf(name);
      assert.equal(version.location, 'westeurope');
      const regions = version.properties.publishingProfile.targetRegions.map((one: any) => one.name);
      assert.deepEqual(regions.map((one: string) => one.toLowerCase().replace(' ', '')).toSorted(), [
        'swedencentral',
        'westeurope',
      ]);
      assert.equal(version.properties.publishingProfile.excludeFromLatest, false, 'promoted');
      const group = `/subscriptions/${subscription}/resourceGroups/${run.stagingGroup}`;
      assert.equal((await kiln.arm('GET', group, '2024-07-01')).status, 404, 'nothing is left in between');
      const timeline = await kiln.api('GET', `${kiln.templatePath}/${name}/runs/${run.id}/timeline`);
      const notes = timeline.body.value.filter(({ event }: any) => event === 'note');
      assert.match(
        notes.map(({ message }: any) => message).join('\n'),
        /the version is in westeurope and the build in northeurope.*Azure bills the transfer/,
      );
    });

  test("leaves nothing in a group of the team's own either", async () => {
    await makeDefinition(kiln, 'tidy', { securityType: 'TrustedLaunchSupported' });
    const group = `/subscriptions/${subscription}/resourceGroups/team-north`;
    await kiln.arm('PUT', group, '2024-07-01', { location: 'northeurope' });
    const target = sharedImage(subscription, 'tidy', { regions: REGIONS });
    const run = await build('tidy', [target], { stagingResourceGroup: group });
    assert.equal(run.state, 'Succeeded', run.message);
    const left = await kiln.arm('GET', `${group}/resources`, '2024-07-01');
    assert.deepEqual(left.body.value, []);
  });
});

test('a target that has the region of the build is not copied', async () => {
  await makeDefinition(kiln, 'here');
  const before = snapshots();
  assert.ok(before > 0, 'the tests before have copied');
  const target = sharedImage(subscription, 'here', { regions: ['westeurope', 'northeurope'] });
  const run = await build('here', [target]);
  assert.equal(run.state, 'Succeeded', run.message);
  assert.equal((await versionOf('here')).location, 'northeurope');
  assert.equal(snapshots(), before);
});

test('what only the system disk of could be copied, and what is no Full version, is refused with the way out', async () => {
  const refused = async (name: string, more: object, target: object): Promise<string> => {
    const body = template([shell('a', 'true')], [target]);
    body.location = 'northeurope';
    Object.assign(body.properties, more);
    const { properties } = (await kiln.submit(name, body)).body;
    assert.equal(properties.provisioningState, 'Failed');
    return properties.provisioningError.message;
  };
  await makeDefinition(kiln, 'refuses');
  const target = sharedImage(subscription, 'refuses', { regions: ['westeurope'] });
  assert.match(
    await refused('disks', { additionalDataDisks: [{ sizeGB: 8 }] }, target),
    /1 data disks.*Add northeurope, the region of the build/,
  );
  assert.match(
    await refused('shallow', {}, { ...target, replicationMode: 'Shallow' }),
    /Shallow version is made in the region of the build/,
  );
});

function snapshots(): number {
  const lines = readFileSync(kiln.recordFile, 'utf8').split('\n');
  return lines.filter((line) => line.includes('"Snapshots_CreateOrUpdate"')).length;
}

testExchanges(() => kiln.recordFile);
