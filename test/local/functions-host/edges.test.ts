// What Microsoft's host refuses before a function sees it, and what it keeps for itself.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { keysFile, readKeys } from '../../../local/functions-host/keys.ts';
import { APPS, startHostProcess, temporaryDirectory, type HostProcess } from '../durable/host-process.ts';

const data = temporaryDirectory();
let host: HostProcess;
before(async () => {
  const env = { 'AzureWebJobs.list.Disabled': 'true', 'AzureWebJobs.one.Disabled': '1' };
  host = await startHostProcess(path.join(APPS, 'all'), data, { env });
});
after(() => host.end('SIGTERM'));

/** Bytes as they are, and the whole answer. */
async function raw(head: string, body: string | Buffer = ''): Promise<string> {
  const socket = connect(Number(new URL(host.url).port), '127.0.0.1');
  socket.write(Buffer.from(head.replaceAll('\n', '\r\n'), 'latin1'));
  socket.end(body);
  return text(socket);
}
const ask = (line: string, headers = ''): Promise<string> =>
  raw(`${line} HTTP/1.1\nHost: localhost\nConnection: close\n${headers}\n`);
const statusOf = (answer: string): string => answer.slice(9, 12);

test('a request line of more than 8 KiB is 414 and one of 8 KiB is taken', async () => {
  const line = (length: number): string =>
    `GET /nothing?${'a'.repeat(length - 'GET /nothing? HTTP/1.1  '.length)}`;
  assert.equal(statusOf(await ask(line(8192))), '204');
  assert.equal(statusOf(await ask(line(8193))), '414');
});

test('headers of 30 KB are taken, of 40 KB and more than a hundred are 431', async () => {
  assert.equal(statusOf(await ask('GET /nothing', `x-big: ${'a'.repeat(30_000)}\n`)), '204');
  assert.equal(statusOf(await ask('GET /nothing', `x-big: ${'a'.repeat(40_000)}\n`)), '431');
  assert.equal(statusOf(await ask('GET /nothing', 'x: y\n'.repeat(101))), '431');
});

test('a zero in the path and a byte that is not ASCII in a header are 400 without a body', async () => {
  for (const answer of [await ask('GET /things/a%00b'), await ask('GET /nothing', 'x-id: a\u00e9b\n')]) {
    assert.equal(statusOf(answer), '400');
    assert.match(answer, /content-length: 0\r\n/i);
  }
});

test('a chunked body is lost, one with its length arrives', async () => {
  const head = 'POST /bytes HTTP/1.1\nHost: localhost\nConnection: close\n';
  const chunked = await raw(`${head}Transfer-Encoding: chunked\n\n`, '3\r\nabc\r\n0\r\n\r\n');
  assert.doesNotMatch(chunked, /cba/);
  assert.match(await raw(`${head}Content-Length: 3\n\n`, 'abc'), /cba/);
});

test('a body over 100 MiB is a 500 without a body', async () => {
  const length = 104_857_601;
  const answer = await raw(
    `POST /bytes HTTP/1.1\nHost: localhost\nConnection: close\nContent-Length: ${length}\n\n`,
    Buffer.alloc(length),
  );
  assert.equal(statusOf(answer), '500');
  assert.match(answer, /\r\n\r\n$/);
});

test('a disabled function is 404 without a body, and no other function answers for it', async () => {
  // `special` matches this path too, but `one` has the first name.
  for (const target of ['/things', '/things/special']) {
    const answer = await fetch(host.url + target);
    assert.deepEqual([answer.status, await answer.text()], [404, ''], target);
  }
  assert.equal((await fetch(`${host.url}/things`, { method: 'POST' })).status, 200);
});

test('the webhooks of the Durable extension and the management of the host need a key', async () => {
  const base = `${host.url}/runtime/webhooks/durabletask`;
  for (const [method, target] of [
    ['GET', `${base}/instances`],
    ['GET', `${base}/instances?code=bad`],
    ['POST', `${base}/orchestrators/echoAll`],
    ['GET', `${host.url}/admin/host/status`],
    ['POST', `${host.url}/admin/functions/special`],
    ['POST', `${host.url}/admin/local/worker-death`],
  ] as const) {
    const { status, headers } = await fetch(target, { method });
    assert.deepEqual([status, headers.get('www-authenticate')], [401, 'Bearer'], target);
  }
  assert.equal((await fetch(`${host.url}/durabletask/instances`)).status, 404);
  assert.equal((await fetch(`${host.url}/admin/host/ping`)).status, 200);
  const { durable, master } = host.keys;
  assert.equal((await fetch(`${base}/instances?code=${durable}`)).status, 200);
  assert.equal((await fetch(`${base}/instances?code=${master}`)).status, 200);
  const headers = { 'x-functions-key': durable };
  assert.equal((await fetch(`${host.url}/admin/host/status`, { headers })).status, 401);
});

test('keys are random, for one data folder, and for its owner alone', () => {
  assert.equal(statSync(keysFile(data)).mode & 0o777, 0o600);
  const other = readKeys(temporaryDirectory());
  assert.notDeepEqual(other, host.keys);
  assert.ok([other.master, other.durable].every((key) => key.length >= 43));
  assert.deepEqual(readKeys(data), host.keys);
});
