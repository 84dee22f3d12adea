// What a client may get wrong, or do for a long time, without the broker standing still for it or for others.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import rhea, { type Connection, type EventContext, type Receiver } from 'rhea';
import { systemClock } from '../../../local/durable/clock.ts';
import { listen } from '../../../local/service-bus/amqp/listener.ts';
import { Namespace, type Consumer } from '../../../local/service-bus/namespace.ts';
import { openDatabase } from '../../../local/service-bus/store/database.ts';
import { SqliteStore } from '../../../local/service-bus/store/sqlite-store.ts';
import { connectPlain, KEY } from './plain-client.ts';

const SETTINGS = { lockMs: 60_000, maxDeliveries: 10_000, deadLetterExpired: true };
const ENTITIES = { queues: { q: SETTINGS }, topics: {} };
const message = (text: string, timeToLive?: number) => ({
  content: Buffer.from(rhea.message.encode({ message_id: text, body: text })),
  messageId: text,
  timeToLive,
  scheduledFor: undefined,
});

async function broker(t: TestContext): Promise<{ namespace: Namespace; connect: () => Promise<Connection> }> {
  const store = new SqliteStore(openDatabase(undefined));
  const namespace = new Namespace(ENTITIES, { clock: systemClock, store });
  const listener = await listen({ namespace, key: KEY, port: 0, log: () => {} });
  t.after(() => listener.close());
  return { namespace, connect: () => connectPlain(t, listener.port) };
}

async function receiver(connection: Connection, credit: number): Promise<Receiver> {
  const link = connection.open_receiver({ source: 'q', credit_window: 0, autoaccept: false });
  await once(link, 'receiver_open');
  link.add_credit(credit);
  return link;
}

async function outcome(connection: Connection, bytes: Buffer): Promise<string | undefined> {
  const sender = connection.open_sender('q');
  await once(sender, 'sendable');
  const done = Promise.race([
    once(sender, 'accepted').then(() => 'accepted'),
    once(sender, 'rejected').then(
      (found) => (found[0] as EventContext).delivery?.remote_state?.['error'].condition,
    ),
    once(connection, 'disconnected').then(() => 'disconnected'),
  ]);
  sender.send(bytes, undefined, 0);
  return done;
}

test('a message that comes right behind another one goes out as well, as far as the credit goes', async (t) => {
  const { namespace, connect } = await broker(t);
  const link = await receiver(await connect(), 2);
  let count = 0;
  const both = new Promise<void>((resolve) => {
    link.on('message', () => ++count === 2 && resolve());
  });
  await sleep(50);
  const queues = namespace.destinations('q') ?? [];
  namespace.send(queues, [message('one')]);
  // Long enough for the first to be written, too short for anything else to happen.
  await new Promise((resolve) => process.nextTick(resolve));
  namespace.send(queues, [message('two')]);
  await both;
});

test('links that end without settling what they got leave room in their session', async (t) => {
  const { namespace, connect } = await broker(t);
  namespace.send(namespace.destinations('q') ?? [], [message('one')]);
  const session = (await connect()).create_session();
  session.begin();
  // More than rhea keeps of a session.
  for (let count = 0; count < 2100; count++) {
    const link = session.open_receiver({ source: 'q', credit_window: 0, autoaccept: false });
    link.add_credit(1);
    const [{ delivery }] = (await once(link, 'message')) as [EventContext];
    // The client's own side of the session has room for ever.
    Object.assign(delivery ?? {}, { settled: true, remote_settled: true });
    link.close();
    await once(link, 'receiver_close');
  }
});

test('an answer waits for credit and holds nothing up meanwhile', async (t) => {
  const { namespace, connect } = await broker(t);
  const connection = await connect();
  const replies = connection.open_receiver({ source: 'q/$management', target: 'me', credit_window: 0 });
  const requests = connection.open_sender('q/$management');
  await once(requests, 'sendable');
  const application_properties = { operation: 'com.microsoft:peek-message' };
  for (const id of [1, 2])
    requests.send({ reply_to: 'me', message_id: String(id), application_properties, body: {} });
  namespace.send(namespace.destinations('q') ?? [], [message('one')]);
  await once(await receiver(connection, 1), 'message');
  const answers: unknown[] = [];
  const two = new Promise<void>((resolve) => {
    replies.on('message', ({ message: answer }: EventContext) => {
      answers.push(answer?.['correlation_id']);
      if (answers.length === 2) resolve();
    });
  });
  replies.add_credit(1);
  await sleep(50);
  assert.deepEqual(answers, ['1']);
  replies.add_credit(1);
  await two;
  assert.deepEqual(answers, ['1', '2']);
});

test('a message that is too large, too deep, or has properties that are none is rejected with its reason', async (t) => {
  const connection = await (await broker(t)).connect();
  const large = Buffer.from(rhea.message.encode({ body: 'x'.repeat(1024 * 1024) }));
  assert.equal(await outcome(connection, large), 'amqp:link:message-size-exceeded');
  assert.equal(await outcome(connection, Buffer.alloc(200_000)), 'amqp:decode-error');
  // Application properties that are a number: what is dead-lettered with them could never be delivered.
  assert.equal(await outcome(connection, Buffer.from('00537443005377a10161', 'hex')), 'amqp:decode-error');
  // Times that no database and no clock can hold: the longest scheduled time, and the longest time to live.
  const at =
    '005372c12802a31c782d6f70742d7363686564756c65642d656e71756575652d74696d65837fffffffffffffff005377a10161';
  const ttl = '005370c00c03404080ffffffffffffffff005377a10161';
  for (const bytes of [at, ttl])
    assert.equal(await outcome(connection, Buffer.from(bytes, 'hex')), 'amqp:decode-error', bytes);
  const good = Buffer.from(rhea.message.encode({ body: 'x'.repeat(1024 * 1023) }));
  assert.equal(await outcome(connection, good), 'accepted');
});

test('a client may ask for as long as it likes', async (t) => {
  const connection = await (await broker(t)).connect();
  const replies = connection.open_receiver({ source: 'q/$management', target: 'me' });
  const requests = connection.open_sender('q/$management');
  await once(requests, 'sendable');
  const application_properties = { operation: 'com.microsoft:peek-message' };
  // More answers than rhea keeps of a session that nobody has settled.
  for (let count = 0; count < 2100; count++) {
    const answer = once(replies, 'message');
    requests.send({ reply_to: 'me', message_id: String(count), application_properties, body: {} });
    await answer;
  }
});

test('a client that takes its credit back is told when nothing is left', async (t) => {
  const { namespace, connect } = await broker(t);
  const link = await receiver(await connect(), 5);
  namespace.send(namespace.destinations('q') ?? [], [message('one')]);
  await once(link, 'message');
  link.drain_credit();
  await once(link, 'receiver_drained');
});

test('an operation that is called like a method of objects is not known either', async (t) => {
  const connection = await (await broker(t)).connect();
  const replies = connection.open_receiver({ source: 'q/$management', target: 'me' });
  const requests = connection.open_sender('q/$management');
  await once(requests, 'sendable');
  requests.send({ reply_to: 'me', application_properties: { operation: 'constructor' }, body: {} });
  const [{ message: answer }] = (await once(replies, 'message')) as [EventContext];
  assert.equal(answer?.application_properties?.['statusCode'], 501);
});

test('the answer to a request that names no link goes out on the link of its node, as of two of them', async (t) => {
  const connection = await (await broker(t)).connect();
  const replies = connection.open_receiver({ source: '$cbs' });
  const others = connection.open_receiver({ source: 'q/$management' });
  const requests = connection.open_sender('$cbs');
  await Promise.all([once(requests, 'sendable'), once(others, 'receiver_open')]);
  others.on('message', () => assert.fail('the answer went out on another link'));
  requests.send({ message_id: 'one', application_properties: { operation: 'put-token' }, body: 'no token' });
  const [{ message: answer }] = (await once(replies, 'message')) as [EventContext];
  assert.equal(answer?.correlation_id, 'one');
  assert.equal(answer?.application_properties?.['status-code'], 401);
});

test('a dead letter that is found while handing out goes to its reader at once', () => {
  let now = 0;
  const clock = { now: () => now, alarm: () => () => {} };
  const namespace = new Namespace(ENTITIES, { clock, store: new SqliteStore(openDatabase(undefined)) });
  const got: string[] = [];
  const consumer = (name: string, credit: () => number): Consumer => ({
    isDestructive: true,
    get credit() {
      return credit();
    },
    deliver: ({ messageId }) => got.push(`${name} ${messageId}`),
  });
  const [queue, graveyard] = [namespace.find('q'), namespace.find('q/$DeadLetterQueue')];
  assert.ok(queue && graveyard);
  let isOpen = false;
  namespace.attach(
    graveyard,
    consumer('dead', () => 1),
  );
  namespace.attach(
    queue,
    consumer('live', () => (isOpen ? 1 : 0)),
  );
  namespace.send([queue], [message('late', 10)]);
  [now, isOpen] = [10, true];
  namespace.act(() => undefined);
  assert.deepEqual(got, ['dead late']);
});

test('a store that fails ends the process, also below handlers of rhea, which swallow what they throw', () => {
  const root = path.resolve(import.meta.dirname, '../../..');
  const script = `
    import { Namespace } from './local/service-bus/namespace.ts';
    const store = { nextSequence: () => 1, messages: () => [], transaction: (change) => change() };
    const namespace = new Namespace({ queues: {}, topics: {} }, { store, clock: { now: () => 0 } });
    store.transaction = () => { throw new Error('disk full'); };
    try { namespace.act(() => 0); } catch {}
    setTimeout(() => console.log('lives on'), 100);`;
  const args = ['--input-type=module', '--eval', script];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  assert.match(stderr, /disk full/);
  assert.deepEqual([stdout, status], ['', 1]);
});

// As azure-servicebus for Python does it, which waits a minute for an answer that does not come and then gives up.
test('a request that names no place for its answer gets it on the link of the same address', async (t) => {
  const { connect } = await broker(t);
  const connection = await connect();
  const replies = connection.open_receiver({ source: '$cbs', target: '$cbs-receiver' });
  const requests = connection.open_sender('$cbs');
  await once(requests, 'sendable');
  const application_properties = {
    operation: 'put-token',
    type: 'servicebus.windows.net:sastoken',
    name: 'q',
  };
  requests.send({ message_id: '1', application_properties, body: 'SharedAccessSignature of nobody' });
  const [{ message: answer }] = (await once(replies, 'message', { signal: AbortSignal.timeout(5000) })) as [
    EventContext,
  ];
  assert.equal(answer?.['correlation_id'], '1');
});
