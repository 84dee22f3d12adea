import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { LocalKiln, ROOT } from '../support/local-kiln.ts';
import { runAzureJob } from './azure-job.ts';
import { runJob } from './github-job.ts';
import { plainCopy, workspace } from './plain-copy.ts';
import { CLIENT, startEntra, TENANT } from './stand-in-entra.ts';

let kiln: LocalKiln;
let entra: Awaited<ReturnType<typeof startEntra>>;
const action = plainCopy();
const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };

before(async () => {
  kiln = await LocalKiln.start();
  entra = await startEntra(kiln.endpoints);
});
after(async () => {
  entra.close();
  await kiln.stop();
  action.remove();
});

const CHECKED_OUT = 'the workspace is there already';

test('examples/ci/github-actions/build-image.yml builds, and a later step gets the image', async (t) => {
  const checkout = workspace();
  const result = await runJob(path.join(ROOT, 'examples/ci/github-actions/build-image.yml'), {
    workspace: checkout.folder,
    action: action.folder,
    vars: {
      KILN_ENDPOINT: kiln.endpoints.api,
      KILN_AUDIENCE: kiln.endpoints.audience,
      AZURE_CLIENT_ID: CLIENT,
      AZURE_TENANT_ID: TENANT,
      AZURE_SUBSCRIPTION_ID: kiln.endpoints.subscriptionId,
    },
    env: { ...env, ...entra.env },
    stubs: { 'actions/checkout@v5': CHECKED_OUT },
  });
  t.diagnostic(`not run here: ${result.stubbed.join('; ')}`);
  assert.deepEqual(
    result.steps.map(({ name, code }) => [name, code]),
    [
      ['Build', 0],
      ['Use the image', 0],
    ],
    result.steps.at(-1)?.output,
  );
  assert.match(result.summary, /Kiln: debian\\-web – Succeeded/);
  assert.deepEqual(result.annotations, []);
  const variables = readFileSync(path.join(checkout.folder, 'image.auto.tfvars'), 'utf8');
  assert.match(variables, /^source_image_id = "\/subscriptions\/.*\/versions\/\d+\.\d+\.\d+"\n$/);
  checkout.remove();
});

test('examples/ci/github-actions/check-image.yml builds in a local mode that the job itself starts', async (t) => {
  const checkout = workspace();
  const result = await runJob(path.join(ROOT, 'examples/ci/github-actions/check-image.yml'), {
    workspace: checkout.folder,
    action: action.folder,
    vars: {},
    // Simulated, so that the test needs no QEMU: the summary must say so.
    env: { ...env, KILN_MACHINES: 'simulated' },
    stubs: {
      'actions/checkout@v5': () => {
        const source = path.join(checkout.folder, '.kiln-source');
        mkdirSync(source, { recursive: true });
        for (const part of ['dist', 'node_modules', 'package.json', 'host.json', 'local', 'cli'])
          try {
            symlinkSync(path.join(ROOT, part), path.join(source, part));
          } catch {
            // The second checkout of the job.
          }
      },
      'actions/setup-node@v5': 'the Node of the tests',
      'Install Kiln': 'this checkout is installed and built',
    },
  });
  t.diagnostic(`not run here: ${result.stubbed.join('; ')}`);
  assert.deepEqual(
    result.steps.map(({ name, code }) => [name, code]),
    [
      ['Start local mode', 0],
      ['Build', 0],
      ['Show what was made', 0],
    ],
    result.steps.map(({ output }) => output).join('\n'),
  );
  assert.match(result.summary, /SIMULATED/);
  assert.match(result.steps[2]?.output ?? '', /"simulated": true/);
  checkout.remove();
});

test('examples/ci/azure-pipelines/azure-pipelines.yml builds, and a later step gets the image', async (t) => {
  const build = workspace();
  cpSync(path.join(build.folder, 'images'), path.join(build.folder, 's/images'), { recursive: true });
  cpSync(action.folder, path.join(build.folder, 'kiln'), { recursive: true });
  const result = await runAzureJob(path.join(ROOT, 'examples/ci/azure-pipelines/azure-pipelines.yml'), {
    build: build.folder,
    repositories: { kiln: action.folder },
    variables: {
      KILN_ENDPOINT: kiln.endpoints.api,
      KILN_AUDIENCE: kiln.endpoints.audience,
      AZURE_SUBSCRIPTION_ID: kiln.endpoints.subscriptionId,
    },
    // Instead of `az`, which the service connection logs in: the command asks it only without KILN_TOKEN.
    env: { ...env, KILN_TOKEN: await kiln.token(kiln.endpoints.audience) },
  });
  t.diagnostic(`not run here: ${result.stubbed.join('; ')}`);
  assert.deepEqual(
    result.steps.map(({ name, code }) => [name, code]),
    [
      ['kiln', 0],
      ['bash', 0],
    ],
    result.steps.at(-1)?.output,
  );
  assert.deepEqual(result.issues, []);
  assert.match(result.summaries[0] ?? '', /Kiln: debian\\-web – Succeeded/);
  assert.match(result.variables['kiln.imageVersion'] ?? '', /^\d+\.\d+\.\d+$/);
  const variables = readFileSync(path.join(build.folder, 's/image.auto.tfvars'), 'utf8');
  assert.match(variables, /^source_image_id = "\/subscriptions\/.*\/versions\/\d+\.\d+\.\d+"\n$/);
  build.remove();
});

test('a step that fails stops the Azure job with an issue at the line of the template', async () => {
  const build = workspace();
  const folder = path.join(build.folder, 's/images/debian-web');
  cpSync(path.join(build.folder, 'images'), path.join(build.folder, 's/images'), { recursive: true });
  cpSync(action.folder, path.join(build.folder, 'kiln'), { recursive: true });
  const file = path.join(folder, 'template.json');
  const source = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    source
      .replace('"sudo apt-get update"', '"# kiln-simulate: exit=9"')
      .replace('"debian-web"', '"red"')
      .replace('/images/debian-web"', '/images/red"'),
  );
  const result = await runAzureJob(path.join(ROOT, 'examples/ci/azure-pipelines/azure-pipelines.yml'), {
    build: build.folder,
    repositories: { kiln: action.folder },
    variables: { KILN_ENDPOINT: kiln.endpoints.api, AZURE_SUBSCRIPTION_ID: kiln.endpoints.subscriptionId },
    env: { ...env, KILN_TOKEN: await kiln.token(kiln.endpoints.audience) },
  });
  assert.deepEqual(
    result.steps.map(({ name, code }) => [name, code]),
    [['kiln', 1]],
  );
  assert.equal(result.issues[0]?.properties['sourcepath'], 'images/debian-web/template.json');
  assert.match(result.issues[0]?.data ?? '', /exit code 9/);
  build.remove();
});
