// Rows of the security report as a stranger meets them: a whole local mode, and no module of Kiln. The same file says of an
// older build how that behaved: docs/security-tests.md.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ServiceBusClient } from '@azure/service-bus';
import { freePort } from '../../local/main/free-port.ts';
import { LocalKiln, ROOT } from '../support/local-kiln.ts';
import { shell, template, vhd } from '../support/templates.ts';
import { PIPELINE_A, PIPELINE_B, raw, type Send, sendAs } from './at-the-wire.ts';

const SUBSCRIPTION = '00000000-0000-4000-8000-000000000001';
const FOREIGN = '99999999-9999-4999-8999-999999999999';
/** Named by no rule, and by the name of its group alone. */
const [STRANGER, BY_NAME] = ['cccccccc-1111-4111-8111-00000000000c', 'dddddddd-1111-4111-8111-00000000000d'];
/** The client of LocalKiln. */
const OPERATOR = '11111111-2222-4333-8444-555555555555';
const PROVIDER = 'providers/Microsoft.VirtualMachineImages';
const group = (name: string, subscription = SUBSCRIPTION): string =>
  `/subscriptions/${subscription}/resourceGroups/${name}`;
const at = (team: string, name: string, subscription?: string): string =>
  `${group(team, subscription)}/${PROVIDER}/imageTemplates/${name}`;
const VICTIM = at('images', 'opt');

let kiln: LocalKiln;
let asA: Send;
let asB: Send;
const plain = (name = 'one'): any => template([shell(name, 'true')], [vhd]);
const own = (changes: object): any => ({ ...plain(), properties: { ...plain().properties, ...changes } });

before(async () => {
  const storagePort = await freePort();
  const rule = (name: string, id: string, scope: string) => ({
    ...{ name, principals: [id], actions: ['read', 'run', 'write', 'approve', 'admin'], scopes: [scope] },
  });
  const rules = [OPERATOR, PIPELINE_B].map((id) => rule(id, id, group('images')));
  kiln = await LocalKiln.start({
    storagePort,
    env: {
      KILN_SUBSCRIPTION_ID: SUBSCRIPTION,
      KILN_AUTH_RESTRICT: JSON.stringify({ [PIPELINE_A]: [group('team-a')], [BY_NAME]: ['team-a'] }),
      KILN_ACCESS_POLICY: JSON.stringify({ mode: 'deny', rules }),
      KILN_URL_ALLOW: `http://127.0.0.1:${storagePort}`,
    },
  });
  [asA, asB] = await Promise.all([sendAs(kiln, PIPELINE_A), sendAs(kiln, PIPELINE_B)]);
  await kiln.arm('PUT', group('team-a'), '2024-07-01', { location: 'westeurope' });
  for (const [send, where] of [
    [asB, VICTIM],
    [asA, at('team-a', 'x')],
    [asA, at('team-a', 'y')],
  ] as const)
    assert.equal((await send('PUT', where, plain())).status, 201);
  await kiln.until('the submission', async () => {
    const { provisioningState } = (await asB('GET', VICTIM)).body.properties;
    return provisioningState === 'Succeeded' ? true : undefined;
  });
});
after(() => kiln.stop());

test('C1: the name of a trigger leads to no document of another template', async () => {
  const way = `${at('team-a', 'x')}/triggers/..%2f..%2f..%2fimages%2fopt%2ftemplate`;
  const { status } = await asA('DELETE', way);
  assert.deepEqual([status, (await asB('GET', VICTIM)).status], [404, 200]);
});

test('H3: a message replaces no template and builds none that did not ask for messages', async () => {
  const bus = new ServiceBusClient(kiln.endpoints.serviceBus);
  const body = { templateId: VICTIM, template: plain('planted') };
  await bus.createSender('build-requests').sendMessages({ messageId: 'planted', body });
  await bus.close();
  await kiln.until('the end of the message', async () => {
    const runs = (await asB('GET', `${VICTIM}/runs`)).body.value ?? [];
    return runs.length > 0 || (await deadLetters()) > 0 || undefined;
  });
  const { properties } = (await asB('GET', VICTIM)).body;
  assert.equal(properties.customize[0].name, 'one');
  assert.deepEqual((await asB('GET', `${VICTIM}/runs`)).body.value, []);
});

/** A client peeks on from where it was, so that each look has its own. */
async function deadLetters(): Promise<number> {
  const client = new ServiceBusClient(kiln.endpoints.serviceBus);
  try {
    const receiver = client.createReceiver('build-requests', { subQueueType: 'deadLetter' });
    return (await receiver.peekMessages(5)).length;
  } finally {
    await client.close();
  }
}

test('H6: a template tells who made it', async () => {
  const { systemData } = (await asA('GET', at('team-a', 'x'))).body;
  assert.equal(systemData?.createdBy, PIPELINE_A);
});

test('H7: the token endpoint of local mode gives nothing without the secret of the folder', async () => {
  const form = {
    grant_type: 'client_credentials',
    client_id: 'x',
    scope: 'https://vault.azure.net/.default',
  };
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams(form).toString();
  assert.equal((await raw(kiln.endpoints.tokenUrl, 'POST', headers, body)).status, 401);
});

test('M1: a VHD goes to no other container of the account of Kiln', async () => {
  const account = /BlobEndpoint=([^;]+)/.exec(kiln.endpoints.storage)?.[1];
  const uri = `${account}/app-package/planted.vhd`;
  assert.ok(
    [400, 403].includes(
      (await asA('PUT', at('team-a', 'm1'), own({ distribute: [{ ...vhd, uri }] }))).status,
    ),
  );
});

test('M2: neither a web page nor another name of this machine is answered', async () => {
  const start = `${kiln.endpoints.api}/runtime/webhooks/durabletask/orchestrators/delete-template`;
  const page = { origin: 'https://evil.example', 'content-type': 'text/plain' };
  assert.equal((await raw(start, 'POST', page, '{}')).status, 403);
  const rebound = await raw(`${kiln.endpoints.api}/health`, 'GET', { host: 'rebind.evil.example' });
  assert.equal(rebound.status, 403);
});

test('M4: what an error repeats of a template drives no terminal', async () => {
  const operatorToken = await kiln.token(kiln.endpoints.audience);
  const file = path.join(kiln.folder, 'hostile.json');
  writeFileSync(
    file,
    JSON.stringify({
      name: 'hostile',
      ...plain(),
      properties: { ...plain().properties, '\u001B]0;x\u0007\u202E': 1 },
    }),
  );
  const env = { ...process.env, KILN_TOKEN: operatorToken };
  const args = [
    'dist/cli/main.js',
    'build',
    file,
    '--endpoint',
    kiln.endpoints.api,
    '-g',
    'images',
    '--subscription',
    SUBSCRIPTION,
  ];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, env, encoding: 'utf8' });
  const said = stdout + stderr;
  assert.match(said, /properties/, said);
  for (const steering of ['\u001B', '\u0007', '\u202E'])
    assert.ok(!said.includes(steering), JSON.stringify(said));
});

test('M8: who is named by no rule gets nothing in "deny"', async () => {
  const stranger = await sendAs(kiln, STRANGER);
  assert.equal((await stranger('GET', VICTIM)).status, 403);
});

test('M8: the name of a group means that of its own subscription', async () => {
  const named = await sendAs(kiln, BY_NAME);
  assert.equal((await named('PUT', at('team-a', 'far', FOREIGN), plain())).status, 403);
});

test('M9: nobody stores artifacts in a subscription that is not theirs', async () => {
  const content = 'planted';
  const sha256 = createHash('sha256').update(content).digest('hex');
  const answer = await asA('PUT', `/subscriptions/${FOREIGN}/${PROVIDER}/artifacts/${sha256}`, content);
  assert.equal(answer.status, 403);
});

test('L1: an address with a line break is refused at once', async () => {
  const source = {
    type: 'ISO',
    sourceUri: 'https://example.com/a.iso\nurl = file:///etc/hostname',
    sha256Checksum: 'a'.repeat(64),
  };
  assert.equal((await asA('PUT', at('team-a', 'l1'), own({ source }))).status, 400);
});

test('L5: an address of this machine is refused at once, in any form', async () => {
  const customize = [{ type: 'Shell', name: 's', scriptUri: 'https://[::127.0.0.1]/x.sh' }];
  assert.equal((await asA('PUT', at('team-a', 'l5'), own({ customize }))).status, 400);
});

test('L3: the links between pages of a list name nothing of others', async () => {
  let next: string | undefined = `/subscriptions/${SUBSCRIPTION}/${PROVIDER}/imageTemplates?$top=1`;
  while (next !== undefined) {
    const token = new URL(next, 'http://x').searchParams.get('$skipToken') ?? '';
    assert.doesNotMatch(Buffer.from(token, 'base64url').toString(), /images\/opt/);
    const url = new URL(next, kiln.endpoints.api);
    url.searchParams.delete('api-version');
    next = (await asA('GET', `${url.pathname}${url.search}`)).body.nextLink;
  }
});

test('L4: tags of Kiln are refused in any case', async () => {
  const where = at('team-a', 'l4');
  await asA('PUT', where, own({ managedResourceTags: { 'Kiln-Run': 'x' } }));
  const state = await kiln.until('the submission', async () => {
    const { properties } = (await asA('GET', where)).body;
    return properties?.provisioningState === 'Creating'
      ? undefined
      : (properties?.provisioningState ?? 'none');
  });
  assert.ok(['Failed', 'none'].includes(state), state);
});

test('L6: the authority of local mode signs for this machine alone, and not for ten years', () => {
  const ca = new X509Certificate(readFileSync(kiln.endpoints.caFile));
  const days = (Date.parse(ca.validTo) - Date.parse(ca.validFrom)) / 86_400_000;
  assert.ok(days < 400, `${days} days`);
  assert.ok(ca.raw.toString('hex').includes('0603551d1e0101ff'), 'critical name constraints');
});
