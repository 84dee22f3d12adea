// The HTTP side of the host, as a real child process.
import assert from 'node:assert/strict';
import { writeFileSync, cpSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import {
  APPS,
  linkModules,
  startHostProcess,
  temporaryDirectory,
  until,
  webhook,
  type HostProcess,
} from '../durable/host-process.ts';

let host: HostProcess;
before(async () => {
  const root = temporaryDirectory();
  const app = path.join(root, 'app');
  cpSync(path.join(APPS, 'all'), app, { recursive: true });
  linkModules(root);
  const Values = { TEST_FILLED: 'from the file', TEST_KEPT: 'from the file' };
  writeFileSync(path.join(app, 'local.settings.json'), JSON.stringify({ IsEncrypted: false, Values }));
  host = await startHostProcess(app, path.join(root, 'data'), { env: { TEST_KEPT: 'from the environment' } });
});
after(() => host.end('SIGTERM'));

type Reply = { name: string; params: Record<string, string>; query: Record<string, string>; url: string };
const get = async (target: string, method = 'GET'): Promise<Reply> =>
  (await (await fetch(host.url + target, { method })).json()) as Reply;

test('stdout holds exactly the ready line', () => {
  const ready = JSON.parse(host.stdout()) as Record<string, unknown>;
  assert.deepEqual(Object.keys(ready), ['ready', 'url', 'startMs']);
  assert.equal(host.stdout().split('\n').length, 2);
});

test('routes are found without case, of several the one whose function has the first name', async () => {
  assert.equal((await get('/THINGS')).name, 'list');
  assert.equal((await get('/things', 'POST')).name, 'create');
  assert.equal((await get('/things/Special')).name, 'one');
  assert.deepEqual((await get('/things/Nine')).params, { id: 'Nine' });
  assert.deepEqual((await get('/files/a/b%20c.txt')).params, { rest: 'a/b c.txt' });
  assert.deepEqual((await get('/optional/1')).params, { first: '1' });
});

test('an unknown path and a method that no function takes are both 404, as in Azure', async () => {
  assert.equal((await fetch(`${host.url}/nowhere`)).status, 404);
  assert.equal((await fetch(`${host.url}/things`, { method: 'DELETE' })).status, 404);
  assert.equal((await fetch(`${host.url}/numbers/seven`)).status, 404);
});

test('HEAD reaches only a function that lists it, and sends no body', async () => {
  assert.equal((await fetch(`${host.url}/things`, { method: 'HEAD' })).status, 404);
  const response = await fetch(`${host.url}/headable`, { method: 'HEAD' });
  assert.equal(response.status, 200);
  assert.equal(await response.text(), '');
});

test('a repeated query parameter arrives as one value, and the path decoded once', async () => {
  assert.equal((await get('/%74hings/a%2541%20b')).url, `${host.url}/things/a%41%20b`);
  assert.deepEqual((await get('/things/a%2541%2fb')).params, { id: 'a%41%2fb' });

  const { query, url } = await get('/things?api-version=1&a=1&a=2&empty=');
  assert.deepEqual(query, { 'api-version': '1', a: '1,2', empty: '' });
  assert.equal(url, `${host.url}/things?api-version=1&a=1&a=2&empty=`);
});

test('bytes go both ways unchanged, with repeated headers and cookies', async () => {
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
  const { response, body } = await post('/bytes', bytes, { 'x-many': ['one', 'two'] });
  assert.equal(response.statusCode, 201);
  assert.deepEqual(body, Buffer.from(bytes.toReversed()));
  assert.equal(response.headers['x-seen'], 'one, two');
  assert.deepEqual(response.headers['set-cookie'], ['a=1; Max-Age=60; HttpOnly', 'b=2']);
});

test('a function that returns nothing answers 204, one that throws 500 with one line in the log', async () => {
  assert.equal((await fetch(`${host.url}/nothing`)).status, 204);
  assert.equal((await fetch(`${host.url}/throws`)).status, 500);
  const lines = await until('the log', () => {
    const found = host
      .stderr()
      .split('\n')
      .filter((line) => line.includes('httpThrows'));
    return found.length > 0 ? found : undefined;
  });
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /handler \| broke/);
});

test('settings come from the environment first, and the app knows its address', async (t) => {
  const environment = (await (await fetch(`${host.url}/environment`)).json()) as Record<string, unknown>;
  assert.equal(environment['hostname'], new URL(host.url).host);
  assert.deepEqual([environment['filled'], environment['kept']], ['from the file', 'from the environment']);
  const megabytes = Number(environment['memory']) / 2 ** 20;
  t.diagnostic(`idle host: ${megabytes.toFixed(0)} MB RSS, started in ${host.startMs} ms`);
  assert.ok(megabytes < 150, `${megabytes} MB`);
});

function post(
  target: string,
  body: Buffer,
  headers: http.OutgoingHttpHeaders,
): Promise<{ response: http.IncomingMessage; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers };
    const request = http.request(host.url + target, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ response, body: Buffer.concat(chunks) }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

test('a path of the Durable API that cannot be decoded is a bad request', async () => {
  assert.equal((await webhook(host, 'instances/%ff')).status, 400);
});

test('a Host header that is no host is a bad request', async () => {
  const status = await new Promise((resolve, reject) => {
    const headers = { host: 'evil.example"><b' };
    http
      .get(`${host.url}/things`, { headers }, (answer) => resolve(answer.resume().statusCode))
      .on('error', reject);
  });
  assert.equal(status, 400);
});
