import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { textAt } from '../../local/azure/json.ts';
import { cloudFixture, type CloudFixture, type RunningCloud } from '../local/azure/support.ts';
import {
  APPS,
  linkModules,
  startHostProcess,
  temporaryDirectory,
  type HostProcess,
} from '../local/durable/host-process.ts';

type Sent = { readonly status: number; readonly body: string };

/** A raw request: `fetch` does not let a caller write Host and Origin. */
function send(url: string, method: string, headers: Record<string, string>, body = ''): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    request.on('error', reject).end(body);
  });
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const asking = (more: Record<string, string>): string =>
  new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'anybody',
    scope: 'https://vault.azure.net/.default',
    ...more,
  }).toString();

/** What a page of another site, or one under a name that points here, cannot hide. */
const FOREIGN: readonly Record<string, string>[] = [
  { host: 'rebind.evil.example' },
  { host: '127.0.0.1.evil.example:80' },
  { host: 'localhost.evil.example' },
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: 'http://localhost:1' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
];

describe('the local cloud', () => {
  let fixture: CloudFixture;
  let cloud: RunningCloud;
  before(async () => {
    fixture = await cloudFixture();
    cloud = await fixture.start({ data: 'one' });
  });
  after(() => fixture[Symbol.asyncDispose]());

  test('gives a token to nobody who does not know the secret of the folder', async () => {
    const secret = textAt(cloud.ready, 'clientSecret') ?? '';
    assert.match(secret, /^[0-9a-f]{64}$/);
    const token = `${cloud.url}/adfs/oauth2/token`;
    for (const more of [
      {},
      { client_secret: 'local' },
      { client_secret: '' },
      { client_assertion: secret },
    ]) {
      const { status, body } = await send(token, 'POST', FORM, asking({ ...more }));
      assert.equal(status, 401, body);
      assert.match(body, /invalid_client/);
    }
    const metadata = { ...FORM, metadata: 'true' };
    const cloudShell = await send(`${cloud.url}/msi/token`, 'POST', metadata, 'resource=https://a');
    assert.equal(cloudShell.status, 401);
    const app = await send(`${cloud.url}/msi/token?resource=https://a`, 'GET', {
      'x-identity-header': secret,
    });
    assert.equal(app.status, 401);

    const basic = { ...FORM, authorization: `Basic ${Buffer.from(`a:${secret}`).toString('base64')}` };
    assert.equal((await send(token, 'POST', FORM, asking({ client_secret: secret }))).status, 200);
    assert.equal((await send(token, 'POST', basic, asking({}))).status, 200);
    const shell = await send(
      `${cloud.url}/msi/token?secret=${secret}`,
      'POST',
      metadata,
      'resource=https://a',
    );
    assert.equal(shell.status, 200);
  });

  test('keeps its secret where its owner alone reads it, and over a restart', async () => {
    const file = path.join(cloud.dataDir, 'client-secret');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await readFile(file, 'utf8')).trim(), textAt(cloud.ready, 'clientSecret'));
    const other = await fixture.start({ data: 'two' });
    assert.notEqual(textAt(other.ready, 'clientSecret'), textAt(cloud.ready, 'clientSecret'));
    await other.stop();
    const again = await fixture.start({ data: 'two' });
    assert.equal(textAt(again.ready, 'clientSecret'), textAt(other.ready, 'clientSecret'));
    await again.stop();
  });

  test('answers no request of a web page, whatever it asks for', async () => {
    for (const headers of FOREIGN)
      for (const [method, where] of [
        ['GET', '/metadata/endpoints'],
        ['POST', '/adfs/oauth2/token'],
        ['GET', '/key-vaults/kiln/secrets/password'],
        [
          'GET',
          `/subscriptions/${cloud.subscriptionId}/providers/Microsoft.VirtualMachineImages/imageTemplates`,
        ],
      ] as const) {
        const { status } = await send(`${cloud.url}${where}`, method, headers);
        assert.equal(status, 403, `${method} ${where} ${JSON.stringify(headers)}`);
      }
    const { port } = new URL(cloud.url);
    for (const host of ['localhost', `127.0.0.1:${port}`, `LOCALHOST:${port}`, '127.0.0.1'])
      assert.equal((await send(`${cloud.url}/metadata/endpoints`, 'GET', { host })).status, 200, host);
    const own = { host: `127.0.0.1:${port}`, origin: cloud.url, 'sec-fetch-site': 'same-origin' };
    assert.equal((await send(`${cloud.url}/metadata/endpoints`, 'GET', own)).status, 200);
  });

  test('has an authority that can sign for this machine alone, and not for long', async () => {
    const ca = new X509Certificate(await readFile(textAt(cloud.ready, 'caFile') ?? ''));
    const days = (Date.parse(ca.validTo) - Date.parse(ca.validFrom)) / 86_400_000;
    assert.ok(days < 400, `${days} days`);
    // NameConstraints, critical: 2.5.29.30.
    assert.ok(ca.raw.toString('hex').includes('0603551d1e0101ff'), 'the constraints are critical');
    const url = `${textAt(cloud.ready, 'httpsUrl')}/metadata/endpoints`;
    for (const name of [url, url.replace('127.0.0.1', 'localhost')]) {
      const status = await new Promise((resolve, reject) => {
        https
          .get(name, { ca: ca.toString() }, (response) => resolve(response.statusCode))
          .on('error', reject);
      });
      assert.equal(status, 200);
    }
  });
});

describe('the Functions host', () => {
  let host: HostProcess;
  before(async () => {
    const root = temporaryDirectory();
    linkModules(root);
    host = await startHostProcess(path.join(APPS, 'all'), path.join(root, 'data'));
  });
  after(() => host.end('SIGTERM'));

  test('answers no request of a web page, and starts no orchestration for one', async () => {
    for (const headers of FOREIGN)
      for (const where of [
        '/things',
        '/runtime/webhooks/durabletask/orchestrators/x',
        '/durabletask/instances',
      ]) {
        const sent = await send(
          `${host.url}${where}`,
          'POST',
          { 'content-type': 'text/plain', ...headers },
          '{}',
        );
        assert.equal(sent.status, 403, `${where} ${JSON.stringify(headers)}`);
      }
    assert.equal((await send(`${host.url}/things`, 'POST', {})).status, 200);
  });
});
