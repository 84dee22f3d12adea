// Service Bus triggers and outputs: a small app in the host, against the local broker.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ServiceBusClient } from '@azure/service-bus';
import { startBroker, type Broker } from '../../../local/service-bus/broker.ts';
import { linkModules, startHostProcess, temporaryDirectory, until } from '../durable/host-process.ts';

let broker: Broker;
let client: ServiceBusClient;
before(async () => {
  const queue = { lockMs: 60_000, maxDeliveries: 2 };
  broker = await startBroker({
    entities: {
      queues: { work: queue, results: queue, manual: { ...queue, lockMs: 1000 } },
      topics: { news: { all: queue } },
    },
    key: { name: 'Root', key: 'c2VjcmV0' },
    port: 0,
    log: () => {},
  });
  client = new ServiceBusClient(broker.connectionString);
});
after(async () => {
  await client.close();
  await broker.close();
});

const APP = `
  import { app, output } from '@azure/functions';
  import { appendFileSync } from 'node:fs';
  const note = (entry) => appendFileSync(process.env.OUT, JSON.stringify(entry) + '\\n');
  const connection = 'Bus';
  const results = output.serviceBusQueue({ queueName: 'results', connection });
  const news = output.serviceBusTopic({ topicName: 'news', connection });
  app.serviceBusQueue('work', {
    queueName: '%QUEUE%', connection, return: results, extraOutputs: [news],
    handler: (message, context) => {
      const { messageId, deliveryCount, correlationId, applicationProperties, subject } = context.triggerMetadata;
      note({ message, messageId, deliveryCount, correlationId, applicationProperties, subject });
      if (message.fails) throw new Error('no luck');
      context.extraOutputs.set(news, [{ first: 1 }, 'second']);
      return { done: message.n };
    },
  });
  app.serviceBusTopic('news', {
    topicName: 'news', subscriptionName: 'all', connection, handler: (message) => note({ news: message }),
  });
  app.serviceBusQueue('manual', {
    queueName: 'manual', connection, autoCompleteMessages: false,
    handler: async (message, context) => {
      await new Promise((resolve) => setTimeout(resolve, message.ms ?? 0));
      note({ manual: context.triggerMetadata.deliveryCount });
    },
  });
  app.http('send', { return: undefined, extraOutputs: [results], handler: async (request, context) => {
    context.extraOutputs.set(results, await request.text());
    return { body: 'sent' };
  } });
`;

function writeApp(source: string): string {
  const root = temporaryDirectory();
  const app = path.join(root, 'app');
  mkdirSync(app);
  linkModules(root);
  writeFileSync(path.join(app, 'package.json'), JSON.stringify({ type: 'module', main: 'index.js' }));
  writeFileSync(path.join(app, 'host.json'), JSON.stringify({ version: '2.0' }));
  writeFileSync(path.join(app, 'index.js'), source);
  return app;
}

test('a message starts its function, whose outputs are sent; failures come again and end as dead letters', async () => {
  const app = writeApp(APP);
  const OUT = path.join(app, 'out.txt');
  writeFileSync(OUT, '');
  const notes = (): any[] =>
    readFileSync(OUT, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  const env = { OUT, Bus: broker.connectionString, QUEUE: 'work' };
  const host = await startHostProcess(app, path.join(app, 'data'), { env });
  const sender = client.createSender('work');
  await sender.sendMessages({
    body: { n: 1 },
    messageId: 'first',
    correlationId: 'c1',
    subject: 'build',
    applicationProperties: { team: 'web', size: 3 },
  });
  await until('both news', () => notes().filter((note) => 'news' in note).length === 2);
  assert.deepEqual(notes()[0], {
    message: { n: 1 },
    messageId: 'first',
    deliveryCount: 1,
    correlationId: 'c1',
    applicationProperties: { team: 'web', size: 3 },
    subject: 'build',
  });
  assert.deepEqual(
    notes().flatMap((note) => ('news' in note ? [note.news] : [])),
    [{ first: 1 }, 'second'],
  );
  const results = client.createReceiver('results', { receiveMode: 'receiveAndDelete' });
  const [result] = await results.receiveMessages(1, { maxWaitTimeInMs: 5000 });
  assert.deepEqual([result?.body, result?.contentType], [{ done: 1 }, 'application/json']);

  await sender.sendMessages({ body: { fails: true }, messageId: 'poison' });
  const graveyard = client.createReceiver('work', { subQueueType: 'deadLetter' });
  const [dead] = await graveyard.receiveMessages(1, { maxWaitTimeInMs: 10_000 });
  assert.deepEqual([dead?.messageId, dead?.deadLetterReason], ['poison', 'MaxDeliveryCountExceeded']);
  const counts = notes().filter(({ messageId }) => messageId === 'poison');
  assert.deepEqual(
    counts.map(({ deliveryCount }) => deliveryCount),
    [1, 2],
  );
  assert.match(host.stderr(), /no luck/);

  assert.equal(await (await fetch(`${host.url}/api/send`, { method: 'POST', body: 'plain' })).text(), 'sent');
  const [sent] = await results.receiveMessages(1, { maxWaitTimeInMs: 5000 });
  assert.deepEqual([sent?.body.toString(), sent?.contentType], ['plain', 'text/plain']);
  assert.deepEqual(await client.createReceiver('work').peekMessages(5), [], 'nothing is left');

  await client.createSender('manual').sendMessages({ body: { ms: 2500 } });
  const manual = (): unknown[] =>
    notes()
      .filter((note) => 'manual' in note)
      .map((note) => note.manual);
  await until('the message that takes longer than its lock, once', () => manual().length > 0);
  assert.deepEqual(manual(), [1]);
  await host.end('SIGTERM');
  const [again] = await client.createReceiver('manual').receiveMessages(1, { maxWaitTimeInMs: 5000 });
  assert.ok((again?.deliveryCount ?? 0) >= 1, 'not settled by the host');
});

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  [
    'a missing connection',
    "queueName: 'q', connection: 'Nowhere'",
    /app setting 'Nowhere' has no connection string/,
  ],
  ['sessions', "queueName: 'q', connection: 'Bus', isSessionsEnabled: true", /has no sessions/],
  ['batches', "queueName: 'q', connection: 'Bus', cardinality: 'many'", /one message at a time/],
  ['SDK bindings', "queueName: 'q', connection: 'Bus', sdkBinding: true", /no SDK bindings/],
];
for (const [what, options, message] of REFUSED)
  test(`${what} stops the start and is named`, async () => {
    const app = writeApp(
      `import { app } from '@azure/functions'; app.serviceBusQueue('build', { ${options}, handler() {} });`,
    );
    const env = { Bus: broker.connectionString };
    await assert.rejects(startHostProcess(app, path.join(app, 'data'), { env }), message);
  });
