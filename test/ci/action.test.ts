import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { githubCommand, githubOutputs } from '../cli/ci/agent.ts';
import { run } from '../cli/command.ts';
import { LocalKiln, ROOT } from '../support/local-kiln.ts';
import { runAction } from './github-job.ts';
import { plainCopy, workspace } from './plain-copy.ts';
import { CLIENT, startEntra, TENANT } from './stand-in-entra.ts';

let kiln: LocalKiln;
let entra: Awaited<ReturnType<typeof startEntra>>;
const action = plainCopy();
const checkout = workspace();
let round = 0;

before(async () => {
  kiln = await LocalKiln.start();
  entra = await startEntra(kiln.endpoints);
  // As a local mode that runs in the workspace leaves it.
  mkdirSync(path.join(checkout.folder, '.kiln/local'), { recursive: true });
  writeFileSync(path.join(checkout.folder, '.kiln/local/endpoints.json'), JSON.stringify(kiln.endpoints));
});
after(async () => {
  entra.close();
  await kiln.stop();
  action.remove();
  checkout.remove();
});

/** One step of a job with the action in it. */
async function step(inputs: Record<string, string>, env: Record<string, string> = {}) {
  round += 1;
  const files = {
    output: `${checkout.folder}/.output-${round}`,
    summary: `${checkout.folder}/.summary-${round}`,
  };
  for (const file of Object.values(files)) writeFileSync(file, '');
  const ended = await runAction(action.folder, inputs, {
    cwd: checkout.folder,
    env: {
      PATH: process.env['PATH'],
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: checkout.folder,
      GITHUB_OUTPUT: files.output,
      GITHUB_STEP_SUMMARY: files.summary,
      ...env,
    },
  });
  return {
    ...ended,
    outputs: githubOutputs(readFileSync(files.output, 'utf8')),
    summary: readFileSync(files.summary, 'utf8'),
    commands: ended.output.split('\n').flatMap((line) => githubCommand(line) ?? []),
  };
}

/** The template under another name, with a managed image of its own: Kiln replaces none of another template. */
const named = (source: string, name: string): string =>
  source.replace('"debian-web"', `"${name}"`).replace('/images/debian-web"', `/images/${name}"`);

function breakStep(file: string, name: string): void {
  const source = readFileSync(path.join(checkout.folder, 'images/debian-web/template.json'), 'utf8');
  const script = '["# kiln-simulate: exit=7 stderr=\\"disk is full\\""]';
  const broken = source.replace(/("name": "update",\s*"inline": )\[[^\]]*\]/, `$1${script}`);
  assert.notEqual(broken, source);
  writeFileSync(path.join(checkout.folder, 'images/debian-web', file), named(broken, name));
}

test('the action needs nothing but Node: no build, no node_modules', () => {
  assert.equal(existsSync(path.join(action.folder, 'node_modules')), false);
  assert.equal(existsSync(path.join(action.folder, 'dist')), false);
});

test('the action builds an image in local mode: summary, outputs, no annotation', async () => {
  const { code, output, outputs, summary, commands } = await step({
    template: 'images/debian-web/template.json',
  });
  assert.equal(code, 0, output);
  assert.deepEqual(commands, []);
  assert.equal(outputs['state'], 'Succeeded');
  assert.match(
    outputs['image-id'] ?? '',
    /\/galleries\/goldens\/images\/debian-web\/versions\/\d+\.\d+\.\d+$/,
  );
  assert.match(outputs['image-version'] ?? '', /^\d+\.\d+\.\d+$/);
  assert.match(outputs['vhd-uri'] ?? '', /^http:\/\/127\.0\.0\.1:\d+\/[^?]*$/);
  const images = JSON.parse(outputs['images'] ?? '') as { type: string; regions: { state: string }[] }[];
  assert.deepEqual(images.map(({ type }) => type).sort(), ['ManagedImage', 'SharedImage', 'VHD']);
  assert.match(summary, /^### Kiln: debian\\-web – Succeeded in /);
  assert.match(summary, /SIMULATED/, 'a run without a real machine says so');
  assert.match(summary, /\| &emsp;install\\-nginx \| ✅ \|/);
  assert.match(summary, /\| clean up \| ✅ \|/);
});

test('a failing step is annotated at its line, the step of the job fails, and the summary shows the output', async () => {
  breakStep('broken.json', 'broken');
  const { code, commands, outputs, summary } = await step({ template: 'images/debian-web/broken.json' });
  assert.equal(code, 1);
  assert.equal(commands.length, 1);
  const [error] = commands;
  assert.equal(error?.properties['file'], 'images/debian-web/broken.json');
  const lines = readFileSync(path.join(checkout.folder, 'images/debian-web/broken.json'), 'utf8').split('\n');
  // The line of the step's object: its name is on the next but one.
  assert.match(
    lines.slice(Number(error?.properties['line']) - 1).join(' '),
    /^\s*\{\s*"type": "Shell",\s*"name": "update"/,
  );
  assert.match(error?.data ?? '', /^CustomizerFailed: .*exit code 7[\s\S]*disk is full$/);
  assert.equal(outputs['state'], 'Failed');
  assert.match(summary, /disk is full/);
});

test('what `kiln import` makes of an ARM deployment and of Packer builds in local mode', async () => {
  const imports = [
    ['azuredeploy.json', ['--param', 'galleryName=goldens'], 0, { variables: 'location=westeurope' }],
    ['packer.json', [], 3, {}],
  ] as const;
  const folder = path.join(checkout.folder, 'migrate');
  cpSync(path.join(ROOT, 'examples/migrate'), folder, { recursive: true });
  for (const [file, options, expected, more] of imports) {
    const target = path.join(folder, `imported-${file}`);
    const source = path.join(folder, file);
    const { code: imported, stderr } = await run(['import', source, ...options, '-o', target], ROOT);
    assert.equal(imported, expected, stderr);
    const { code, output, outputs } = await step({
      template: `migrate/${path.basename(target)}`,
      name: file.replace('.json', ''),
      ...more,
    });
    assert.equal(code, 0, output);
    assert.match(outputs['image-id'] ?? '', /\/images\/debian-web/);
  }
});

test('a refused template is annotated problem by problem', async () => {
  const bad = { location: 'westeurope', properties: { source: { type: 'PlatformImage' }, distribute: [] } };
  writeFileSync(path.join(checkout.folder, 'bad.json'), JSON.stringify(bad, undefined, 2));
  const { code, commands, summary } = await step({ template: 'bad.json' });
  assert.equal(code, 2);
  assert.ok(commands.length >= 3, JSON.stringify(commands));
  const places = commands.slice(1).map(({ properties }) => properties['line']);
  assert.ok(
    places.every((line) => line === '4' || line === '7'),
    JSON.stringify(commands),
  );
  assert.match(summary, /no result/);
});

test('a job proves who it is with its OIDC token; nothing is stored', async () => {
  const source = readFileSync(path.join(checkout.folder, 'images/debian-web/template.json'), 'utf8');
  writeFileSync(path.join(checkout.folder, 'images/debian-web/federated.json'), named(source, 'federated'));
  const inputs = {
    template: 'images/debian-web/federated.json',
    name: 'federated',
    endpoint: kiln.endpoints.api,
    audience: kiln.endpoints.audience,
    subscription: kiln.endpoints.subscriptionId,
    'resource-group': 'images',
    'client-id': CLIENT,
    'tenant-id': TENANT,
    wait: 'false',
  };
  const good = await step(inputs, entra.env);
  assert.equal(good.code, 0, good.output);
  assert.deepEqual(entra.seen, ['GET /oidc', `POST /${TENANT}/oauth2/v2.0/token`]);
  assert.equal(good.outputs['state'], 'Running');
  await kiln.ended('federated');

  const stranger = await step({ ...inputs, 'client-id': TENANT }, entra.env);
  assert.equal(stranger.code, 5);
  assert.match(
    stranger.commands[0]?.data ?? '',
    /AADSTS700213: No matching federated identity record found\.\nAdd a federated/,
  );

  const noRight = await step(inputs, { ...entra.env, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x' });
  assert.match(noRight.commands[0]?.data ?? '', /permissions: id-token: write/);
});

test('an input that is missing or makes no sense is annotated', async () => {
  const none = await step({});
  assert.equal(none.code, 2);
  assert.match(none.commands[0]?.data ?? '', /`template` is missing/);
  const odd = await step({ template: 'x', wait: 'perhaps' });
  assert.match(odd.commands[0]?.data ?? '', /`wait` is "perhaps"/);
});

test('action.yml declares every output that is set, and docs/ci.md names them', () => {
  const manifest = parse(readFileSync(path.join(ROOT, 'action.yml'), 'utf8')) as {
    outputs: Record<string, unknown>;
    inputs: Record<string, unknown>;
  };
  const set = ['state', 'run-id', 'template-id', 'image-id', 'image-version', 'vhd-uri', 'images'];
  assert.deepEqual(Object.keys(manifest.outputs), set);
  const page = readFileSync(path.join(ROOT, 'docs/ci.md'), 'utf8');
  for (const name of [...set, ...Object.keys(manifest.inputs)]) assert.ok(page.includes(`\`${name}\``), name);
});
