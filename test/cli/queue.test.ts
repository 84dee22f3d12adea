// `kiln send` against the local broker.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ServiceBusClient, type ServiceBusReceiver } from '@azure/service-bus';
import { startBroker, type Broker } from '../../local/service-bus/broker.ts';
import { DEPLOYED } from '../../local/service-bus/entities.ts';
import { linkModules } from '../local/durable/host-process.ts';
import { run, type Outcome } from './command.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-queue-'));
const ID =
  '/subscriptions/sub/resourceGroups/images/providers/Microsoft.VirtualMachineImages/imageTemplates/web';

let broker: Broker;
let client: ServiceBusClient;
before(async () => {
  broker = await startBroker({
    entities: DEPLOYED,
    key: { name: 'Root', key: 'a2V5' },
    port: 0,
    log: () => {},
  });
  client = new ServiceBusClient(broker.connectionString);
  mkdirSync(path.join(folder, '.kiln/local'), { recursive: true });
  const endpoints = {
    api: 'a',
    arm: 'b',
    subscriptionId: 'sub',
    tokenUrl: 't',
    audience: 'u',
    serviceBus: broker.connectionString,
  };
  writeFileSync(path.join(folder, '.kiln/local/endpoints.json'), JSON.stringify(endpoints));
});
after(async () => {
  await client.close();
  await broker.close();
  rmSync(folder, { recursive: true });
});

const kiln = (...args: string[]): Promise<Outcome> => run(args, folder);
function write(name: string, content: string): string {
  writeFileSync(path.join(folder, name), content);
  return name;
}

async function take(receiver: ServiceBusReceiver): Promise<any> {
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 3000 });
  assert.ok(message);
  await receiver.completeMessage(message);
  return message;
}

test('send puts a request into the queue, with the full id of the template and without comments', async () => {
  const file = write('request.jsonc', '{ "templateId": "web", // the web image\n "reason": "{{why}}", }');
  const { code, stdout, stderr } = await kiln('send', file, '--var', 'why=CVE', '--correlation-id', 'c-1');
  assert.equal(code, 0, stderr);
  const receiver = client.createReceiver('build-requests');
  const message = await take(receiver);
  assert.deepEqual(message.body, { templateId: ID, reason: 'CVE' });
  assert.deepEqual([message.contentType, message.correlationId], ['application/json', 'c-1']);
  assert.match(stdout, new RegExp(`Sent message ${message.messageId} to build-requests`));

  const event = write(
    'event.json',
    JSON.stringify({ specversion: '1.0', id: 'e1', source: '/ci', type: 't', data: { templateId: ID } }),
  );
  const sent = await kiln('send', event, '--json');
  assert.deepEqual(JSON.parse(sent.stdout), { queue: 'build-requests', messageId: 'e1' });
  assert.equal((await take(receiver)).body.data.templateId, ID);
  await receiver.close();
});

test('the example of docs/service-bus.md sends a request as it stands', async () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../docs/service-bus.md'), 'utf8');
  const code = /```js\n([\s\S]*?)```/.exec(page)?.[1];
  assert.ok(code);
  linkModules(folder);
  await promisify(execFile)(process.execPath, [write('example.mjs', code)], { cwd: folder });
  const receiver = client.createReceiver('build-requests');
  assert.match((await take(receiver)).body.templateId, /^\/subscriptions\/sub\/.*\/debian-web$/);
  await receiver.close();
});

test('send refuses what is no request, and a namespace with a key', async () => {
  const none = await kiln('send', write('none.json', '{"template": "web"}'));
  assert.equal(none.code, 2);
  assert.match(none.stderr, /no `templateId`[\s\S]*remedy/);
  const key = await kiln(
    'send',
    write('ok.json', '{"templateId": "web"}'),
    '--service-bus',
    'Endpoint=sb://x;SharedAccessKey=s3cret',
  );
  assert.equal(key.code, 2);
  assert.match(key.stderr, /not a Service Bus namespace[\s\S]*keys are not/);
  assert.doesNotMatch(key.stderr, /s3cret/);
  const nowhere = await run(['send', path.join(folder, 'ok.json')], tmpdir());
  assert.match(nowhere.stderr, /No Service Bus is known here/);
});
