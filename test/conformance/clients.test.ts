import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import https from 'node:https';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { LocalKiln, ROOT } from '../support/local-kiln.ts';
import { shell, template, vhd } from '../support/templates.ts';

let kiln: LocalKiln;
before(async () => {
  kiln = await LocalKiln.start();
});
after(() => kiln.stop());

/** Runs a program in a shell that has sourced what `kiln local` wrote, and nothing of this process's Azure settings. */
async function inShell(program: string): Promise<{ code: number; output: string }> {
  const script = path.join(ROOT, 'test/conformance/clients', program);
  const command = `source '${kiln.endpoints.envFile}' && exec '${process.execPath}' '${script}'`;
  const child = spawn('bash', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  const [code] = await once(child, 'close');
  return { code: Number(code), output };
}

for (const program of ['v5.ts', 'v4.ts'])
  test(`@azure/arm-imagebuilder ${program.slice(0, 2)}, unmodified, does the whole life cycle over https`, async () => {
    const { code, output } = await inShell(program);
    assert.equal(code, 0, `${output}\n${kiln.stderr.slice(-2000)}`);
    assert.match(output, /deleted/);
  });

test('the certificate is for this machine only, by an authority of its own', async () => {
  const { https: url, caFile } = kiln.endpoints;
  const { readFileSync, statSync } = await import('node:fs');
  const ca = readFileSync(caFile);
  const get = (host: string, options: https.RequestOptions) =>
    new Promise<number>((resolve, reject) => {
      const target = `${url.replace('127.0.0.1', host)}/metadata/endpoints?api-version=2019-05-01`;
      https.get(target, options, (answer) => resolve(answer.resume().statusCode ?? 0)).on('error', reject);
    });
  assert.equal(await get('127.0.0.1', { ca }), 200);
  assert.equal(await get('localhost', { ca }), 200);
  await assert.rejects(get('127.0.0.1', {}), /certificate/);
  const key = path.join(path.dirname(caFile), 'authority.pem');
  assert.equal(statSync(key).mode & 0o077, 0, 'the private key is for its owner only');
});

test('autoRun starts one run for each revision, and optimize is said to be left out wherever one looks', async () => {
  const body = template([shell('one', 'true')], [vhd]);
  body.properties.autoRun = { state: 'Enabled' };
  body.properties.optimize = { vmBoot: { state: 'Enabled' } };
  await kiln.submit('auto', body);
  const run = await kiln.ended('auto');
  assert.equal(run.state, 'Succeeded', JSON.stringify(run));
  assert.equal(run.reason, 'autoRun');
  const at = `${kiln.templatePath}/auto`;
  const { body: timeline } = await kiln.api('GET', `${at}/runs/${run.id}/timeline`);
  const notes = timeline.value
    .filter((entry: any) => entry.event === 'note')
    .map((entry: any) => entry.message);
  const leftOut = /optimize\.vmBoot is recorded and not carried out: Azure does it/;
  assert.match(notes.join(), leftOut);
  assert.match(run.notCarriedOut.join(), leftOut);
  assert.match(run.message, leftOut);
  const { properties } = (await kiln.api('GET', at)).body;
  assert.match(properties.notCarriedOut.join(), leftOut);
  assert.deepEqual(properties.optimize, body.properties.optimize);
  const [output] = (await kiln.api('GET', `${at}/runOutputs`)).body.value;
  assert.match(output.properties.notCarriedOut.join(), leftOut);
  const official = (await kiln.api('GET', `${kiln.endpoints.api}${at}?api-version=2022-07-01`)).body;
  assert.match(official.properties.lastRunStatus.message, leftOut);
  assert.ok(!('notCarriedOut' in official.properties));
  assert.equal((await kiln.api('PUT', at, body)).status, 200, 'the same body is no new revision');
  await kiln.submit('auto', { ...body, tags: { changed: 'yes' } });
  const again = await kiln.until('the second run', async () => {
    const { body: runs } = await kiln.api('GET', `${at}/runs`);
    return runs.value.length === 2 ? runs.value : undefined;
  });
  assert.deepEqual(again.map(({ revision }: any) => revision).sort(), [1, 2]);
  await kiln.ended('auto');
});

test('a template that is deleted while it is created is gone for good, and its name is free', async () => {
  const at = `${kiln.templatePath}/short`;
  assert.equal((await kiln.api('PUT', at, template([], [vhd]))).status, 201);
  assert.equal((await kiln.api('DELETE', at)).status, 202);
  const isGone = async () => ((await kiln.api('GET', at)).status === 404 ? true : undefined);
  await kiln.until('the deletion', isGone);
  const again = await kiln.submit('short', template([], [vhd]));
  assert.equal(again.body.properties.provisioningState, 'Succeeded');
});

test('look-ups around templates are answered by Azure, with what the role of Kiln allows', async () => {
  const subscription = `/subscriptions/${kiln.endpoints.subscriptionId}`;
  const look = async (method: string, lookUp: string) => {
    const url = `${kiln.endpoints.api}${lookUp}?api-version=2022-12-01`;
    const { status, body } = await kiln.api(method, url);
    assert.ok(status < 300, `${lookUp} ${JSON.stringify(body)}`);
    return body;
  };
  assert.equal((await look('GET', '/subscriptions')).value.length, 1);
  assert.equal((await look('GET', subscription)).subscriptionId, kiln.endpoints.subscriptionId);
  const locations = (await look('GET', `${subscription}/locations`)).value;
  assert.ok(locations.some(({ name }: { name: string }) => name === 'westeurope'));
  assert.ok((await look('GET', `${subscription}/resourceGroups`)).value.length > 0);
  assert.equal((await look('GET', `${subscription}/resourcegroups/images`)).name, 'images');
  await look('HEAD', `${subscription}/resourcegroups/images`);
});
