import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { parseOptions } from '../../../local/main/options.ts';
import { makeSampleWorld } from '../../../local/main/sample-world.ts';

/** An ARM that provisions galleries slowly, and notes what it is asked. */
async function withArm(states: string[], run: (url: string, seen: string[]) => Promise<void>): Promise<void> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const line = `${request.method} ${request.url}`;
    if (line === 'POST /adfs/oauth2/token') return void response.end('{"access_token":"t"}');
    seen.push(line);
    if (request.headers.authorization !== 'Bearer t') return void response.writeHead(401).end('{}');
    const state = line.includes('/galleries/') ? (states.shift() ?? 'Succeeded') : 'Succeeded';
    return void response.end(JSON.stringify({ properties: { provisioningState: state } }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const endpointsOf = (arm: string) => ({
  api: '',
  arm,
  https: '',
  caFile: '',
  envFile: '',
  tenantId: '',
  serviceBus: '',
  amqps: '',
  storage: '',
  subscriptionId: 'sub',
  tokenUrl: `${arm}/adfs/oauth2/token`,
  clientSecret: 'folder-secret',
  audience: '',
  machines: { kind: '', description: '' },
  pids: {},
});

test('the sample world is made through ARM, each resource after the one it lies in is there', async () => {
  await withArm(['Creating', 'Creating', 'Succeeded', 'Succeeded'], async (url, seen) => {
    await makeSampleWorld(endpointsOf(url));
    const group = '/subscriptions/sub/resourceGroups/images';
    const gallery = `${group}/providers/Microsoft.Compute/galleries/goldens`;
    assert.deepEqual(seen, [
      `PUT ${group}?api-version=2024-07-01`,
      `PUT ${gallery}?api-version=2023-07-03`,
      `GET ${gallery}?api-version=2023-07-03`,
      `GET ${gallery}?api-version=2023-07-03`,
      `PUT ${gallery}/images/debian-web?api-version=2023-07-03`,
    ]);
  });
});

test('a resource that cannot be provisioned is an error with its address', async () => {
  await withArm(['Failed'], async (url) => {
    await assert.rejects(makeSampleWorld(endpointsOf(url)), /galleries\/goldens\?.* is Failed/);
  });
});

test('options have the documented defaults, and paths are relative to the folder', () => {
  const options = parseOptions(['--profile', 'slow.json'], '/home/me');
  assert.deepEqual(options.ports, {
    api: 7071,
    cloud: 7080,
    https: 7443,
    storage: 10_000,
    serviceBus: 5672,
    serviceBusTls: 5671,
  });
  assert.equal(options.data, '/home/me/.kiln/local');
  assert.equal(options.profile, '/home/me/slow.json');
});

test('wrong options are refused with the value', () => {
  assert.throws(() => parseOptions(['--port', '70000'], '/'), /--port is "70000"/);
  assert.throws(() => parseOptions(['--machines', 'docker'], '/'), /--machines is "docker"/);
  assert.throws(() => parseOptions(['--bogus'], '/'), /bogus/);
});
