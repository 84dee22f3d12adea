// Clients of other AMQP stacks than the official JavaScript one. With KILN_TEST_AMQP=1, and python3-qpid-proton and
// python3-uamqp installed (Debian packages).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { serverCertificate } from '../../../local/azure/tls/authority.ts';
import { startBroker, type Broker } from '../../../local/service-bus/broker.ts';
import { DEPLOYED } from '../../../local/service-bus/entities.ts';

const isWanted = process.env['KILN_TEST_AMQP'] === '1';
const skip = isWanted ? false : 'set KILN_TEST_AMQP=1 to run the clients of other AMQP stacks';
const KEY = { name: 'Root', key: 'c2VjcmV0' };
const folder = mkdtempSync(path.join(os.tmpdir(), 'kiln-clients-'));

let broker: Broker;
let caFile = '';
before(async () => {
  const certificate = await serverCertificate(folder);
  ({ caFile } = certificate);
  const tls = { port: 0, ...certificate };
  broker = await startBroker({ entities: DEPLOYED, key: KEY, port: 0, tls, log: () => {} });
});
after(async () => {
  await broker.close();
  rmSync(folder, { recursive: true });
});

const client = (script: string, ...args: string[]): Promise<string> => clientWith(KEY.key, script, ...args);

async function clientWith(key: string, script: string, ...args: string[]): Promise<string> {
  const file = path.join(import.meta.dirname, 'clients', script);
  const env = { ...process.env, BUS_USER: KEY.name, BUS_KEY: key, BUS_CA: caFile };
  // The Python of the distribution has its packages, whatever stands first in the path.
  const { stdout } = await promisify(execFile)('/usr/bin/python3', [file, ...args], { env, timeout: 60_000 });
  return stdout;
}

const url = (isSecure: boolean): string =>
  isSecure ? `amqps://localhost:${broker.tlsPort}` : `amqp://127.0.0.1:${broker.port}`;

const WAYS: readonly (readonly [string, string, boolean])[] = [
  ['Qpid Proton', 'qpid_proton.py', false],
  ['Qpid Proton over TLS', 'qpid_proton.py', true],
  ['azure-uamqp-c over TLS', 'azure_uamqp.py', true],
];
for (const [name, script, isSecure] of WAYS)
  test(`${name} sends a build request and reads it`, { skip }, async () => {
    const body = { templateId: '/subscriptions/s/resourceGroups/g/x', reason: name };
    const id = `${script}-${isSecure}`;
    await client(script, 'send', url(isSecure), 'build-requests', JSON.stringify(body), id);
    const read = await client(script, 'receive', url(isSecure), 'build-requests');
    assert.deepEqual(JSON.parse(read), { id, body });
  });

test('Qpid Proton reads what azure-uamqp-c sent to a topic, from its subscription', { skip }, async () => {
  await client('azure_uamqp.py', 'send', url(true), 'build-events', '{"n":1}', 'e1');
  const read = await client('qpid_proton.py', 'receive', url(false), 'build-events/Subscriptions/all');
  assert.deepEqual(JSON.parse(read), { id: 'e1', body: { n: 1 } });
});

test('Qpid Proton with a wrong key is refused', { skip }, async () => {
  await assert.rejects(
    clientWith('d3Jvbmc=', 'qpid_proton.py', 'send', url(false), 'build-requests', '{}'),
    /Authentication|unauthorized/i,
  );
});
