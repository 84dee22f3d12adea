// `kiln send` and `kiln dlq` against the local broker.
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

test('dlq lists, shows and resubmits: the same request under a new message id', async () => {
  assert.equal((await kiln('dlq', 'list')).stdout, 'No dead letters.\n');
  const sender = client.createSender('build-requests');
  const receiver = client.createReceiver('build-requests');
  await sender.sendMessages([
    {
      body: { templateId: ID },
      messageId: 'aa-1',
      applicationProperties: { team: 'web' },
      correlationId: 'c',
    },
    { body: { templateId: ID, idempotencyKey: 'k' }, messageId: 'bb-2' },
    { body: Buffer.from('no JSON \u001b[31m'), messageId: 'bc-3' },
  ]);
  for (const deadLetterReason of ['InvalidValue', 'TemplateNotFound', 'InvalidJson']) {
    const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 3000 });
    assert.ok(message);
    await receiver.deadLetterMessage(message, { deadLetterReason, deadLetterErrorDescription: 'Mend it.' });
  }
  const { stdout } = await kiln('dlq', 'list');
  assert.match(
    stdout,
    /^NUMBER {2}MESSAGE .*\n1 {7}aa-1 .*InvalidValue {6}Mend it\.\n2 {7}bb-2 .*TemplateNotFound/,
  );
  const shown = await kiln('dlq', 'show', 'aa');
  assert.match(shown.stdout, /^aa-1\n[\s\S]*reason {7}InvalidValue[\s\S]*team {9}web[\s\S]*"templateId"/);
  assert.ok(!(await kiln('dlq', 'show', '3')).stdout.includes('\u001b'));
  assert.match((await kiln('dlq', 'show', 'b')).stderr, /more than one/);
  assert.equal((await kiln('dlq', 'show', 'zz')).code, 2);
  assert.equal((await kiln('dlq', 'resubmit')).code, 2);

  assert.equal((await kiln('dlq', 'resubmit', 'aa-1')).stdout, 'Sent aa-1 again.\n');
  const again = await take(receiver);
  assert.match(again.messageId, /^aa-1#resubmitted-/);
  assert.deepEqual(again.applicationProperties, { team: 'web', 'kiln-request-key': 'aa-1' });
  assert.deepEqual([again.body, again.correlationId], [{ templateId: ID }, 'c']);
  const other = client.createReceiver('build-requests', { subQueueType: 'deadLetter' });
  const [held] = await other.receiveMessages(1, { maxWaitTimeInMs: 3000 });
  assert.equal(held?.messageId, 'bb-2');
  const none = await kiln('dlq', 'resubmit', 'bb-2');
  assert.equal(none.code, 5, 'a message that somebody else holds is not sent');
  assert.match(none.stderr, /1 of 1 messages could not be taken/);
  await other.abandonMessage(held);
  await other.close();
  const rest = await kiln('dlq', 'resubmit', '--all', '--json');
  assert.deepEqual(JSON.parse(rest.stdout), { resubmitted: ['bb-2', 'bc-3'] });
  const own = await take(receiver);
  assert.deepEqual([own.body.idempotencyKey, own.applicationProperties], ['k', {}]);
  assert.equal((await take(receiver)).body.toString(), 'no JSON \u001b[31m');
  assert.equal((await kiln('dlq', 'list')).stdout, 'No dead letters.\n');
  await Promise.all([sender.close(), receiver.close()]);
});
