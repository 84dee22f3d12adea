// Rings whose regions are proved by a VM of the version. Machines are simulated here.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { makeDefinition, sharedImage } from '../support/distribution.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { testExchanges } from '../support/exchanges.ts';
import { shell, template } from '../support/templates.ts';

let kiln: LocalKiln;
let subscription = '';
const group = (name: string) => `/subscriptions/${subscription}/resourceGroups/${name}`;

const unbootable = { code: 'OSProvisioningTimedOut', message: 'The system did not report in time.' };

before(async () => {
  kiln = await LocalKiln.start({
    record: true,
    profile: {
      replication: { seconds: 300 },
      faults: [
        // Two attempts in the build, then the retry.
        {
          match: { method: 'PUT', path: '*/virtualMachines/smoke-0-uksouth' },
          calls: [1, 2],
          failOperation: unbootable,
        },
        {
          match: { method: 'PUT', path: '*/virtualMachines/smoke-0-japaneast' },
          calls: 'all',
          effect: 'agent-never-ready',
        },
      ],
      simulated: {
        outcomes: [{ match: 'touchy', runs: [{ exit: 0 }, { exit: 3, stdout: 'no licence here' }] }],
      },
    },
  });
  subscription = kiln.endpoints.subscriptionId;
});
after(() => kiln.stop());

type Call = { method: string; path: string; body: any };

/** What the cloud was asked to change below any of these names, in order, by its own record. */
function calls(...names: string[]): Call[] {
  return readFileSync(kiln.recordFile, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(
      ({ request }) => request.method !== 'GET' && names.some((name) => request.url.includes(`/${name}/`)),
    )
    .map(({ request }) => ({ method: request.method, path: request.url.split('?')[0], body: request.body }));
}

const machinesOf = (run: any, method: string): Call[] =>
  calls(run.stagingGroup).filter(
    (call) => call.method === method && /\/virtualMachines\/[^/]+$/.test(call.path),
  );
const nameOf = ({ path }: Call): string => path.split('/').at(-1) ?? '';

async function timelineOf(name: string, run: any): Promise<any[]> {
  return (await kiln.api('GET', `${kiln.templatePath}/${name}/runs/${run.id}/timeline`)).body.value;
}

async function versionOf(definition: string): Promise<any> {
  const id = `${group('images')}/providers/Microsoft.Compute/galleries/goldens/images/${definition}/versions`;
  const { body } = await kiln.arm('GET', id, '2023-07-03');
  assert.equal(body.value.length, 1);
  return body.value[0].properties;
}

const rings = (...list: string[][]) => list.map((regions) => ({ regions, smokeBoot: true }));

async function build(name: string, target: object, more: object = {}): Promise<any> {
  const body = template([shell('a', 'true')], [target]);
  Object.assign(body.properties, more);
  const accepted = await kiln.submit(name, body);
  assert.equal(accepted.body.properties?.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
  return kiln.run(name, 120);
}

describe('the smoke boot of a ring', { concurrency: true }, () => {
  test('boots a VM in each region of each ring in turn, removes it, and only then lets latest see the version', async () => {
    await makeDefinition(kiln, 'proved');
    const target = sharedImage(subscription, 'proved', {
      regions: ['westeurope', 'northeurope', 'eastus'],
      rings: rings(['westeurope'], ['northeurope', 'eastus']),
    });
    const run = await build('proved', target, {
      validate: { inVMValidations: [shell('check', 'true')] },
    });
    assert.equal(run.state, 'Succeeded', run.message);
    const [output] = run.outputs;
    for (const { bootSeconds, state } of output.regions) {
      assert.equal(state, 'Completed');
      assert.ok(bootSeconds > 0);
    }
    assert.equal(output.promoted, true);
    const made = machinesOf(run, 'PUT').filter((call) => nameOf(call).startsWith('smoke-'));
    const places = made.map((call) => `${nameOf(call)} ${call.body.location}`);
    assert.equal(places[0], 'smoke-0-westeurope westeurope', 'the first ring is first');
    assert.deepEqual(places.slice(1).toSorted(), [
      'smoke-0-eastus eastus',
      'smoke-0-northeurope northeurope',
    ]);
    for (const { body } of made) {
      assert.match(body.properties.storageProfile.imageReference.id, /images\/proved\/versions\/0\.0\.1$/);
      assert.equal(body.tags['kiln-run'], run.id);
    }
    const changes = calls('proved', run.stagingGroup);
    const promotion = changes.findLastIndex(
      ({ body }) => body?.properties?.publishingProfile?.excludeFromLatest === false,
    );
    const lastBoot = changes.findLastIndex((call) => nameOf(call).startsWith('smoke-'));
    assert.ok(lastBoot !== -1 && lastBoot < promotion, 'latest comes after the last boot');
    const gone = machinesOf(run, 'DELETE').map(nameOf).toSorted();
    assert.deepEqual(gone, ['smoke-0-eastus', 'smoke-0-northeurope', 'smoke-0-westeurope']);
    const steps = (await timelineOf('proved', run)).filter(({ event }) => event === 'succeeded');
    for (const region of ['westeurope', 'northeurope', 'eastus'])
      for (const what of ['boot', 'check'])
        assert.ok(
          steps.some(({ step }) => step === `proved › ${region} › ${what}`),
          `${region} ${what}`,
        );
    const logs = await kiln.api('GET', `${kiln.templatePath}/proved/runs/${run.id}/logs`);
    assert.ok(logs.body.value.some(({ name }: any) => name === 'smoke-0-eastus-02-check.out'));
  });

  test('one bad boot stops the rings, and a retry boots only what has not booted', async () => {
    await makeDefinition(kiln, 'bad');
    const target = sharedImage(subscription, 'bad', {
      regions: ['westeurope', 'uksouth', 'northeurope'],
      rings: rings(['westeurope', 'uksouth'], ['northeurope']),
    });
    const run = await build('bad', target);
    assert.equal(run.state, 'PartiallySucceeded', run.message);
    assert.match(
      run.message,
      /uksouth has version 0\.0\.1, but no good VM came of it there: .*did not report in time/,
    );
    const [output] = run.outputs;
    assert.deepEqual(
      output.regions.map(({ region, state }: any) => `${region} ${state}`),
      ['westeurope Completed', 'uksouth BootFailed', 'northeurope Skipped'],
    );
    assert.equal(output.regions[1].error.code, 'SmokeBootFailed');
    assert.equal(output.promoted, false);
    assert.equal((await versionOf('bad')).publishingProfile.excludeFromLatest, true);
    const before = machinesOf(run, 'PUT').map(nameOf);
    assert.deepEqual(before.toSorted(), [
      'build',
      'smoke-0-uksouth',
      'smoke-0-uksouth',
      'smoke-0-westeurope',
    ]);

    const retry = await kiln.api('POST', `${kiln.templatePath}/bad/runs/${run.id}/retry`);
    assert.equal(retry.status, 202);
    const healed = await kiln.ended('bad', 120);
    assert.equal(healed.state, 'Succeeded', healed.message);
    const names = machinesOf(run, 'PUT').map(nameOf).slice(before.length);
    assert.deepEqual(names.toSorted(), ['smoke-0-northeurope-r1', 'smoke-0-uksouth-r1']);
    const { publishingProfile } = await versionOf('bad');
    assert.equal(publishingProfile.excludeFromLatest, false);
    assert.equal(publishingProfile.targetRegions.length, 3);
  });

  test('a validator that fails in a region only makes its boot a bad one, with its last words', async () => {
    await makeDefinition(kiln, 'touchy');
    const target = sharedImage(subscription, 'touchy', {
      regions: ['westeurope'],
      rings: rings(['westeurope']),
    });
    const run = await build('touchy', target, {
      validate: { inVMValidations: [shell('licence', 'true # touchy')] },
    });
    assert.equal(run.state, 'PartiallySucceeded', run.message);
    assert.match(
      run.message,
      /Validator "touchy › westeurope › licence" ended with exit code 3[\s\S]*no licence here/,
    );
    assert.equal(run.outputs[0].regions[0].state, 'BootFailed');
  });

  test('a cancel does not wait for a VM that never comes up, and nothing is left', async () => {
    await makeDefinition(kiln, 'hung');
    const target = sharedImage(subscription, 'hung', {
      regions: ['westeurope', 'japaneast'],
      rings: rings(['westeurope', 'japaneast']),
    });
    await kiln.submit('hung', template([shell('a', 'true')], [target]));
    await kiln.api('POST', `${kiln.templatePath}/hung/run`);
    const run = await kiln.until('the boot', async () => {
      const { body } = await kiln.api('GET', `${kiln.templatePath}/hung/runs`);
      const { stagingGroup } = body.value[0];
      if (stagingGroup === undefined) return undefined;
      const id = `${group(stagingGroup)}/providers/Microsoft.Compute/virtualMachines/smoke-0-japaneast`;
      const machine = await kiln.arm('GET', id, '2024-07-01');
      return machine.body.properties?.provisioningState === 'Succeeded' ? body.value[0] : undefined;
    });
    const since = Date.now();
    await kiln.api('POST', `${kiln.templatePath}/hung/cancel`);
    const ended = await kiln.ended('hung', 60);
    assert.equal(ended.state, 'Canceled', ended.message);
    assert.equal(ended.cleanup, 'done');
    assert.ok(Date.now() - since < 30_000);
    assert.equal((await kiln.arm('GET', group(run.stagingGroup), '2024-07-01')).status, 404);
    assert.equal(
      await versionOf('hung'),
      undefined,
      'what every region would cost and nobody uses is gone too',
    );
  });

  test('specialized and trusted images boot as what they are', async () => {
    await makeDefinition(kiln, 'special', { osState: 'Specialized' });
    await makeDefinition(kiln, 'trusted', { securityType: 'TrustedLaunch' });
    const regions = ['westeurope', 'northeurope'];
    for (const name of ['special', 'trusted']) {
      const target = sharedImage(subscription, name, { regions, rings: rings(regions) });
      const run = await build(name, target);
      assert.equal(run.state, 'Succeeded', run.message);
      const [, ...boots] = machinesOf(run, 'PUT');
      assert.equal(boots.length, 2);
      for (const { body } of boots) {
        assert.equal(body.properties.osProfile === undefined, name === 'special');
        assert.equal(body.properties.securityProfile?.securityType === 'TrustedLaunch', name === 'trusted');
      }
    }
  });

  test("with a subnet of the team's, other regions get a network without a way out; their group is empty afterwards", async () => {
    await makeDefinition(kiln, 'walled');
    await kiln.arm('PUT', group('team'), '2024-07-01', { location: 'westeurope' });
    await kiln.arm('PUT', group('hub'), '2024-07-01', { location: 'westeurope' });
    const network = `${group('hub')}/providers/Microsoft.Network/virtualNetworks/hub`;
    const subnets = [{ name: 'build', properties: { addressPrefix: '10.0.1.0/24' } }];
    const properties = { addressSpace: { addressPrefixes: ['10.0.0.0/16'] }, subnets };
    await kiln.arm('PUT', network, '2024-01-01', { location: 'westeurope', properties });
    const regions = ['westeurope', 'northeurope'];
    const run = await build(
      'walled',
      sharedImage(subscription, 'walled', { regions, rings: rings(regions) }),
      {
        vmProfile: { vnetConfig: { subnetId: `${network}/subnets/build` } },
        stagingResourceGroup: group('team'),
        validate: { inVMValidations: [shell('check', 'true')] },
      },
    );
    assert.equal(run.state, 'Succeeded', run.message);
    const subnetOf = ({ body }: Call) =>
      body.properties.networkProfile.networkInterfaceConfigurations[0].properties.ipConfigurations[0]
        .properties.subnet.id;
    const boots = machinesOf(run, 'PUT').filter((call) => nameOf(call).startsWith('smoke-'));
    assert.deepEqual(boots.map(subnetOf).toSorted(), [
      `${group('hub')}/providers/Microsoft.Network/virtualNetworks/hub/subnets/build`,
      `${group('team')}/providers/Microsoft.Network/virtualNetworks/smoke-0-northeurope-vnet/subnets/build`,
    ]);
    const [made, ...others] = calls('team').filter(
      ({ method, path }) => method === 'PUT' && /\/virtualNetworks\/[^/]+$/.test(path),
    );
    assert.deepEqual(others, []);
    assert.equal(made?.body.location, 'northeurope');
    assert.equal(made?.body.properties.subnets[0].properties.defaultOutboundAccess, false);
    const steps = (await timelineOf('walled', run)).map(({ step }) => step);
    assert.ok(steps.includes('walled › westeurope › check'));
    assert.ok(!steps.includes('walled › northeurope › check'), 'its log could not leave the network');
    const left = await kiln.arm('GET', `${group('team')}/resources`, '2024-07-01');
    assert.deepEqual(left.body.value, []);
  });
});

testExchanges(() => kiln.recordFile);
