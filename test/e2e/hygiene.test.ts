// Hygiene where a template says nothing about it, on simulated machines that answer with one finding: what each api-version makes
// of it, and where the machine comes from. What a real guest answers: real-proofs.test.ts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { makeDefinition, sharedImage } from '../support/distribution.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { managedImage, shell, template } from '../support/templates.ts';

const FOUND = 'kiln-proof\thost-keys\tfailed\tkept from the build: /etc/ssh/ssh_host_rsa_key';
const outcomes = [{ match: '^hygiene\\n', runs: [{ stdout: FOUND }] }];

describe('hygiene by default', { concurrency: true }, () => {
  let kiln: LocalKiln;
  before(async () => {
    kiln = await LocalKiln.start({
      env: { KILN_HYGIENE_BOOT: 'true' },
      record: true,
      profile: { simulated: { outcomes } },
    });
  });
  after(() => kiln.stop());

  const body = (name: string, target = managedImage(kiln.endpoints.subscriptionId, name)) =>
    template([shell('install', 'true')], [target]);
  const timelineOf = async (name: string, run: any): Promise<string[]> => {
    const { body: lines } = await kiln.api('GET', `${kiln.templatePath}/${name}/runs/${run.id}/timeline`);
    return lines.value.map(
      ({ phase, step = '', event, message = '' }: any) => `${phase} ${step} ${event} ${message}`,
    );
  };
  const build = async (name: string, content: unknown) => {
    const accepted = await kiln.submit(name, content);
    assert.equal(accepted.body.properties?.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
    const run = await kiln.run(name, 120);
    return { run, lines: await timelineOf(name, run) };
  };

  test('stops an image of our own version before it goes anywhere', async () => {
    const { run, lines } = await build('ours', body('ours'));
    assert.equal(run.error.code, 'ValidationStepFailed', run.message);
    assert.match(run.message, /1 findings: host-keys/);
    assert.ok(
      lines.includes('validate hygiene note host-keys: kept from the build: /etc/ssh/ssh_host_rsa_key'),
    );
    assert.ok(!lines.some((line) => line.startsWith('distribute')), lines.join('\n'));
    assert.deepEqual(run.outputs, []);
  });

  test('tells of an image of an official version while it is distributed, and removes its machine', async () => {
    const { subscriptionId, api } = kiln.endpoints;
    const identity = `/subscriptions/${subscriptionId}/resourceGroups/images/providers/Microsoft.ManagedIdentity/userAssignedIdentities/builder`;
    const official = {
      ...body('official'),
      identity: { type: 'UserAssigned', userAssignedIdentities: { [identity]: {} } },
    };
    const url = `${api}${kiln.templatePath}/official?api-version=2025-10-01`;
    const put = await kiln.api('PUT', url, official);
    assert.ok(put.status < 300, JSON.stringify(put.body));
    await kiln.until('submission', async () => {
      const { body: now } = await kiln.api('GET', `${kiln.templatePath}/official`);
      return now.properties.provisioningState === 'Succeeded' ? true : undefined;
    });
    const run = await kiln.run('official', 120);
    const lines = await timelineOf('official', run);
    assert.equal(run.state, 'Succeeded', run.message);
    assert.ok(
      lines.includes('validate hygiene note host-keys: kept from the build: /etc/ssh/ssh_host_rsa_key'),
    );
    const said = lines.findIndex((line) =>
      line.startsWith('validate hygiene succeeded 1 findings: host-keys'),
    );
    const distribution = lines.findIndex((line) => line.startsWith('distribute  started'));
    assert.ok(distribution !== -1 && distribution < said, lines.join('\n'));
    const requests = readFileSync(kiln.recordFile, 'utf8').split('\n');
    const removal = requests.find(
      (line) =>
        line.includes('"DELETE"') && line.includes(`${run.stagingGroup}/`) && line.includes('/validate?'),
    );
    assert.ok(removal !== undefined, 'the machine is removed by itself, not only with its group');
    const { body: checks } = await kiln.api('GET', `${kiln.templatePath}/official/runs/${run.id}/checks`);
    assert.deepEqual(
      checks.value.map(({ name, result }: any) => `${name} ${result}`),
      ['host-keys failed'],
    );
  });

  test('is left out by a word, and boots nothing then', async () => {
    const content = body('off');
    content.properties.validate = { hygiene: 'off' };
    const { run, lines } = await build('off', content);
    assert.equal(run.state, 'Succeeded', run.message);
    assert.ok(!lines.some((line) => line.includes('hygiene')), lines.join('\n'));
  });

  test('looks in the smoke boots of rings where there are some: a finding there lets no further ring begin', async () => {
    await makeDefinition(kiln, 'ringed');
    const target = sharedImage(kiln.endpoints.subscriptionId, 'ringed', {
      regions: ['westeurope', 'northeurope'],
      rings: [{ regions: ['westeurope'], smokeBoot: true }, { regions: ['northeurope'] }],
    });
    const { run, lines } = await build('ringed', body('ringed', target));
    const [output] = run.outputs;
    assert.deepEqual(
      output.regions.map(({ region, state }: any) => `${region} ${state}`),
      ['westeurope BootFailed', 'northeurope Skipped'],
      run.message,
    );
    assert.match(output.regions[0].error.message, /no good VM came of it there: 1 findings: host-keys/);
    assert.equal(output.promoted, false);
    const note = 'distribute ringed › westeurope › hygiene note host-keys: kept from the build';
    assert.ok(
      lines.some((line) => line.startsWith(note)),
      lines.join('\n'),
    );
    assert.ok(
      !lines.some((line) => line.startsWith('validate hygiene')),
      'no machine of its own beside them',
    );
  });
});
