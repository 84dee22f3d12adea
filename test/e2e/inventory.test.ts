import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceBusClient } from '@azure/service-bus';
import { LocalKiln } from '../support/local-kiln.ts';
import { run as runCli } from '../cli/command.ts';
import { galleryVersion, shell, template } from '../support/templates.ts';

let kiln: LocalKiln;
let subscription = '';

before(async () => {
  kiln = await LocalKiln.start({});
  subscription = kiln.endpoints.subscriptionId;
});
after(() => kiln.stop());

async function build(name: string, lines: readonly string[], more: object = {}) {
  const body = template([shell('install', ...lines)], [galleryVersion(subscription)]);
  await kiln.submit(name, { ...body, properties: { ...body.properties, ...more } });
  const run = await kiln.run(name);
  assert.equal(run.state, 'Succeeded', run.message);
  return run;
}

const below = (name: string, run: any, what: string) =>
  kiln.api('GET', `${kiln.templatePath}/${name}/runs/${run.id}/${what}`);

const text = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));

/** The command, against the local mode of this test. */
async function command(...args: string[]) {
  const { api, audience, subscriptionId } = kiln.endpoints;
  const env = {
    KILN_ENDPOINT: api,
    KILN_TOKEN: await kiln.token(audience),
    KILN_SUBSCRIPTION: subscriptionId,
    KILN_RESOURCE_GROUP: 'images',
  };
  return runCli(args, kiln.folder, { env });
}

async function lineOf(name: string, run: any) {
  const { body } = await below(name, run, 'timeline');
  return body.value.filter(({ phase }: any) => phase === 'inventory');
}

test('a build lists what is in its image, and what of it the source had not', async () => {
  const run = await build('web', ['apt-get install -y nginx']);
  const { status, body } = await below('web', run, 'inventory');
  assert.equal(status, 200);
  assert.equal(body.simulated, true, 'what a simulated machine says is made up, and said so');
  const names = body.inventory.packages.map(({ name }: any) => name);
  assert.ok(names.includes('nginx') && names.includes('openssl'), names.join());
  const { body: source } = await below('web', run, 'inventory?of=source');
  assert.deepEqual(
    names.filter((name: string) => !source.inventory.packages.some((one: any) => one.name === name)),
    ['nginx'],
  );
  assert.equal(run.inventory.digest, body.digest);
  assert.deepEqual(run.inventory.sinceSource, { added: 1, removed: 0, changed: 0 });
  const [started, succeeded] = await lineOf('web', run);
  assert.equal(started.event, 'started');
  assert.match(
    succeeded.message,
    /^\d+ packages, \d+ services, \d+ listening ports; since the source 1 added/,
  );
});

test('the next build says what has changed since the last image', async () => {
  const run = await build('web', ['apt-get install -y nginx curl']);
  assert.deepEqual(run.inventory.sinceLast, {
    ...{ added: 1, removed: 0, changed: 0 },
    runId: run.inventory.sinceLast.runId,
  });
  assert.notEqual(run.inventory.sinceLast.runId, run.id);
});

test('the event that tells the end of a run has the numbers, and what is added, removed and changed', async () => {
  const { body } = await kiln.api('GET', `${kiln.templatePath}/web/runs`);
  const [last] = body.value;
  const bus = new ServiceBusClient(kiln.endpoints.serviceBus);
  const receiver = bus.createReceiver('build-events', 'all');
  const { data } = await kiln.until('the event', async () => {
    const messages = await receiver.receiveMessages(50, { maxWaitTimeInMs: 500 });
    return messages
      .map((message) => message.body)
      .find(({ type, data: of }) => type === 'io.kiln.run.succeeded' && of.runId === last.id);
  });
  await bus.close();
  assert.deepEqual(data.inventory, last.inventory);
  assert.deepEqual(data.inventory.sinceSource, { added: 2, removed: 0, changed: 0 });
  const { added, removed, changed } = data.inventory.sinceLast;
  assert.deepEqual([added, removed, changed], [1, 0, 0]);
});

test('the bill of materials comes in two forms, named by the version of the gallery', async () => {
  const { body: runs } = await kiln.api('GET', `${kiln.templatePath}/web/runs`);
  const bom = await below('web', runs.value[0], 'sbom?format=cyclonedx');
  assert.match(bom.headers.get('content-type') ?? '', /cyclonedx/);
  const { metadata, components } = JSON.parse(text(bom.body));
  assert.equal(metadata.component.version, '0.0.2');
  assert.ok(components.some(({ purl }: any) => purl?.startsWith('pkg:deb/debian/nginx@')));
  const spdx = await below('web', runs.value[0], 'sbom?format=spdx');
  assert.equal(JSON.parse(text(spdx.body)).spdxVersion, 'SPDX-2.3');
  const { status, body } = await below('web', runs.value[0], 'sbom?format=swid');
  assert.equal(status, 400);
  assert.match(body.error.message, /cyclonedx or spdx/);
});

test('kiln diff compares versions, and an image with its source; kiln sbom writes a file', async () => {
  const versions = await command('diff', 'web@0.0.1', 'web@0.0.2');
  assert.equal(versions.code, 0, versions.stderr);
  assert.match(versions.stdout, /^web 0\.0\.1 → web 0\.0\.2: 1 package \(1 added, 0 removed, 0 changed\)/);
  assert.match(versions.stdout, /Made of\n {2}install changed/);
  assert.match(versions.stdout, /Packages\n {2}\+ curl /);
  const source = await command('diff', 'source', 'web@0.0.1', '--markdown');
  assert.match(source.stdout, /^## .* → web 0\.0\.1: 1 package/);
  assert.match(source.stdout, /### Packages\n\n- `\+ nginx /);
  const json = JSON.parse((await command('diff', 'web', '--json')).stdout);
  assert.deepEqual(json.to.versions, ['0.0.2']);
  assert.deepEqual(json.counts, { added: 1, removed: 0, changed: 0 });
  const file = path.join(kiln.folder, 'bom.json');
  const sbom = await command('sbom', 'web@0.0.1', '-o', file, '--format', 'spdx');
  assert.equal(sbom.code, 0, sbom.stderr);
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).name, 'web-0.0.1');
  const missing = await command('diff', 'web@9.9.9', 'web');
  assert.match(missing.stderr, /No run of web has made a version 9\.9\.9/);
});

test('the end of a run is told with its numbers, and a pipeline gets the note', async () => {
  const file = path.join(kiln.folder, 'web.json');
  const page = path.join(kiln.folder, 'summary.md');
  const body = template([shell('install', 'apt-get install -y nginx')], [galleryVersion(subscription)]);
  writeFileSync(file, JSON.stringify(body));
  const built = await command('build', file, '--name', 'noted', '--wait', '--summary', page);
  assert.equal(built.code, 0, built.stderr);
  assert.match(
    built.stderr,
    /In the image: \d+ packages, .*since its source 1 added, 0 removed, 0 changed\./,
  );
  const summary = readFileSync(page, 'utf8');
  assert.match(summary, /#### .* → noted .*: 1 package \(1 added/);
  assert.match(summary, /##### Packages\n\n- `\+ nginx /);
});

test('kiln find tells which images have a package, by its name or its source, within a range', async () => {
  const nginx = await command('find', 'nginx', '--json');
  assert.equal(nginx.code, 0, nginx.stderr);
  const found = JSON.parse(nginx.stdout).value;
  assert.deepEqual(
    found.map(({ template: name, versions }: any) => [name, versions.join()]),
    [
      ['noted', '0.0.3'],
      ['web', '0.0.2'],
      ['web', '0.0.1'],
    ],
  );
  assert.match((await command('find', 'openssl', '<3.0.15')).stderr, /No image here has openssl <3\.0\.15/);
  assert.match(
    (await command('find', 'openssl', '<=3.0.15')).stdout,
    /^noted@0\.0\.3 +\d{4}-.* +debian 12 +openssl 3\.0\.15-1~deb12u1 \(SIMULATED\)/,
  );
  const wrong = await command('find', 'openssl', '=>3');
  assert.match(wrong.stderr, /is not a range of versions/);
});

test('kiln trends shows what the builds of a template took', async () => {
  const { stdout } = await command('trends', 'web');
  assert.match(stdout, /^image +date +took +longest step +packages +size/);
  assert.match(stdout, /\n0\.0\.2 +\d{4}-\d\d-\d\d +[\d.]+ s +[\w-]+ [\d.]+ s +12 +1\.0 GiB/);
  const { value } = JSON.parse((await command('trends', 'web', '--json')).stdout);
  assert.deepEqual(
    value.map(({ versions }: any) => versions.join()),
    ['0.0.2', '0.0.1'],
  );
  assert.ok(value[0].seconds['customize > install'] > 0);
});

test('a template that is removed takes its images out of the search', async () => {
  await kiln.api('DELETE', `${kiln.templatePath}/noted`);
  const left = async () => JSON.parse((await command('find', 'nginx', '--json')).stdout).value;
  for (let look = 0; look < 30 && (await left()).length > 2; look++) await sleep(500);
  assert.deepEqual(
    (await left()).map(({ template: name }: any) => name),
    ['web', 'web'],
  );
});

test('another image is compared only by whoever may read it, and what is no image is said so', async () => {
  const { body: runs } = await kiln.api('GET', `${kiln.templatePath}/web/runs`);
  const [run] = runs.value;
  const bad = await below('web', run, 'diff?against=yesterday');
  assert.equal(bad.status, 400);
  const none = await below('web', run, 'diff?against=00000000-0000-4000-8000-000000000000');
  assert.equal(none.status, 404);
});

test('a listing that fails is a warning in the timeline, and the build goes on', async () => {
  const outcomes = [{ match: '^inventory\\n', runs: [{ exit: 1, stdout: 'sh: out of memory' }] }];
  const other = await LocalKiln.start({ profile: { simulated: { outcomes } } });
  after(() => other.stop());
  const subscriptionId = other.endpoints.subscriptionId;
  await other.submit('web', template([shell('one', 'true')], [galleryVersion(subscriptionId)]));
  const run = await other.run('web');
  assert.equal(run.state, 'Succeeded', run.message);
  const { body } = await other.api('GET', `${other.templatePath}/web/runs/${run.id}/timeline`);
  const lines = body.value.filter(({ phase }: any) => phase === 'inventory');
  assert.deepEqual(
    lines.map(({ event }: any) => event),
    ['started', 'skipped'],
  );
  assert.match(lines[1].message, /could not be listed; the build goes on/);
});

test('with inventory: false nothing is listed', async () => {
  const run = await build('plain', ['true'], { inventory: false });
  assert.equal(run.inventory, undefined);
  assert.deepEqual(await lineOf('plain', run), []);
  const { status, body } = await below('plain', run, 'inventory');
  assert.equal(status, 404);
  assert.match(body.error.message, /inventory: false/);
});
