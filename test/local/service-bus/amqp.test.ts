// The broker against plain AMQP: what a client may do that the official ones do not, and what none should.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import rhea, { type Connection, type EventContext, type Receiver, type Sender } from 'rhea';
import { decodeRequest } from '../../../local/service-bus/amqp/rhea.convert.ts';
import { startBroker, type Broker } from '../../../local/service-bus/broker.ts';
import { connectPlain, KEY } from './plain-client.ts';

const { types, message: codec } = rhea;

let broker: Broker;
const log: string[] = [];
before(async () => {
  const queue = { lockMs: 60_000, maxDeliveries: 10 };
  const names = ['typed', 'twins', 'released', 'settled', 'many', 'hostile'];
  broker = await startBroker({
    entities: {
      queues: Object.fromEntries(names.map((name) => [name, queue])),
      topics: { news: { all: queue } },
    },
    key: KEY,
    port: 0,
    log: (line) => log.push(line),
  });
});
after(() => broker.close());

const open = (t: TestContext, login?: object): Promise<Connection> => connectPlain(t, broker.port, login);

async function send(connection: Connection, queue: string, message: any, format?: number): Promise<string> {
  const sender: Sender = connection.open_sender(queue);
  await once(sender, 'sendable');
  const outcome = Promise.race(
    ['accepted', 'rejected', 'released'].map((event) => once(sender, event).then(() => event)),
  );
  sender.send(message, undefined, format);
  const result = await outcome;
  sender.close();
  return result;
}

type Got = { context: EventContext; receiver: Receiver };
async function receive(connection: Connection, queue: string): Promise<Got> {
  const receiver = connection.open_receiver({ source: queue, autoaccept: false, credit_window: 0 });
  receiver.add_credit(1);
  const [context] = (await once(receiver, 'message')) as [EventContext];
  return { context, receiver };
}

async function refusal(link: Receiver | Sender): Promise<string | undefined> {
  const events = ['receiver_close', 'sender_close'];
  await Promise.race(events.map((event) => once(link, event)));
  return (link.error as { condition?: string } | undefined)?.condition;
}

test('a message keeps the exact types that its sender chose', async (t) => {
  const connection = await open(t);
  const uuid = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
  const properties = {
    byte: types.wrap_byte(-3),
    ulong: types.wrap_ulong(Buffer.from('ffffffffffffffff', 'hex')),
    float: types.wrap_float(0.5),
    when: types.wrap_timestamp(1_700_000_000_000),
    id: types.wrap_uuid(uuid),
    mark: types.wrap_symbol('sym'),
  };
  const sent = codec.encode({
    message_id: types.wrap_uuid(uuid),
    application_properties: properties,
    body: types.wrap_map({ n: types.wrap_short(7) }),
  });
  assert.equal(await send(connection, 'typed', sent, 0), 'accepted');
  const { context } = await receive(connection, 'typed');
  const again = codec.encode({
    application_properties: properties,
    body: types.wrap_map({ n: types.wrap_short(7) }),
  });
  const got = codec.encode(context.message);
  assert.ok(Buffer.isBuffer(again) && Buffer.isBuffer(got));
  assert.deepEqual(
    context.message?.['application_properties'],
    codec.decode(again)['application_properties'],
  );
  assert.deepEqual(context.message?.['body'], { n: 7 });
  assert.deepEqual(context.message?.['message_id'], uuid);
  context.delivery?.accept();
});

test('a message of several data sections arrives as it was, and one without an id gets one', async (t) => {
  const connection = await open(t);
  await send(connection, 'typed', {
    subject: 's',
    body: codec.data_sections([Buffer.from('a'), Buffer.from('b')]),
  });
  const { context } = await receive(connection, 'typed');
  const { body, message_id: id, subject } = context.message ?? {};
  assert.deepEqual([body.typecode, body.content.map(String)], [0x75, ['a', 'b']]);
  assert.match(String(id), /^[0-9a-f]{32}$/);
  assert.equal(subject, 's');
  context.delivery?.accept();
});

test('what a client sends is settled at once, also when it asks to be settled second, as azure-uamqp-c does', async (t) => {
  const connection = await open(t);
  const sender = connection.open_sender({ target: 'typed', rcv_settle_mode: 1 });
  await once(sender, 'sendable');
  const settled = once(sender, 'settled');
  sender.send({ body: 'x' });
  const [{ delivery }] = (await settled) as [EventContext];
  assert.ok(delivery?.remote_settled);
  const { context } = await receive(connection, 'typed');
  context.delivery?.accept();
});

test('one name for a link in each direction, as Proton has it, works', async (t) => {
  const connection = await open(t);
  const sender = connection.open_sender({ name: 'twin', target: 'twins' });
  await once(sender, 'sendable');
  const other = await open(t);
  const session = other.create_session();
  session.begin();
  const outgoing = session.open_sender({ name: 'twin', target: 'twins' });
  await once(outgoing, 'sendable');
  // rhea as client knows one link of a name, so the other one is made in its back.
  (session as any).links = {};
  const incoming = session.open_receiver({ name: 'twin', source: 'twins', autoaccept: true });
  const arrived = once(incoming, 'message');
  sender.send({ body: 'hello' });
  const [context] = (await arrived) as [EventContext];
  assert.equal(context.message?.['body'], 'hello');
});

test('released does not count as a delivery, modified does, and a delivery settled without outcome comes again', async (t) => {
  const connection = await open(t);
  await send(connection, 'released', { body: 1 });
  const counts: unknown[] = [];
  const outcomes = [
    (context: EventContext) => context.delivery?.release(),
    (context: EventContext) => context.delivery?.modified({ delivery_failed: true }),
    (context: EventContext) => context.delivery?.update(true),
    (context: EventContext) => context.delivery?.accept(),
  ];
  for (const settle of outcomes) {
    const { context, receiver } = await receive(connection, 'released');
    counts.push(context.message?.['delivery_count'] ?? 0);
    settle(context);
    await sleep(20);
    receiver.close();
    await once(receiver, 'receiver_close');
  }
  assert.deepEqual(counts, [0, 0, 1, 1]);
});

test('a receiver whose connection breaks gives its messages back', async (t) => {
  const connection = await open(t);
  await send(connection, 'settled', { body: 'x' });
  const lost = await open(t);
  await receive(lost, 'settled');
  (lost as any).socket.destroy();
  const { context } = await receive(connection, 'settled');
  assert.equal(context.message?.['delivery_count'], 1);
  context.delivery?.accept();
});

test('messages go no further than the credit, in turns among receivers', async (t) => {
  const connection = await open(t);
  for (let index = 0; index < 6; index++) await send(connection, 'many', { body: index });
  const got: string[] = [];
  for (const name of ['a', 'b']) {
    const receiver = connection.open_receiver({ source: 'many', credit_window: 0, autoaccept: false });
    receiver.on('message', (context: EventContext) => got.push(`${name}${context.message?.['body']}`));
    await once(receiver, 'receiver_open');
    receiver.add_credit(2);
    await sleep(50);
  }
  assert.deepEqual(got, ['a0', 'a1', 'b2', 'b3']);
});

test('sessions, transactions, foreign places and strangers are refused with a condition that says why', async (t) => {
  const connection = await open(t);
  const filter = {
    'com.microsoft:session-filter': types.wrap_described('one', 'com.microsoft:session-filter'),
  };
  assert.equal(
    await refusal(connection.open_receiver({ source: { address: 'many', filter } })),
    'amqp:not-implemented',
  );
  assert.equal(await refusal(connection.open_receiver('nowhere')), 'amqp:not-found');
  assert.equal(await refusal(connection.open_sender('news/Subscriptions/all')), 'amqp:not-found');
  assert.equal(await refusal(connection.open_sender('many/$DeadLetterQueue')), 'amqp:not-found');
  const coordinator = connection.open_sender({ target: 'x' });
  (coordinator as any).local.attach.target = types.described(types.wrap_ulong(0x30), types.wrap_list([]));
  assert.equal(await refusal(coordinator), 'amqp:not-implemented');
  const stranger = await open(t, { username: 'anonymous' });
  assert.equal(await refusal(stranger.open_sender('many')), 'amqp:unauthorized-access');
  assert.equal(await refusal(stranger.open_receiver('many')), 'amqp:unauthorized-access');
  assert.equal(await refusal(stranger.open_sender('many/$management')), 'amqp:unauthorized-access');
  await assert.rejects(
    open(t, { username: KEY.name, password: 'wrong', container_id: 'x' }).then((c) =>
      refusal(c.open_sender('many')),
    ),
  );
});

test('bytes that are no message are rejected, and the connection goes on', async (t) => {
  const connection = await open(t);
  for (const bytes of ['00', 'ff', '005375b0ffffffff', '0053', '0053734500'])
    assert.equal(await send(connection, 'hostile', Buffer.from(bytes, 'hex'), 0), 'rejected', bytes);
  assert.equal(
    await send(connection, 'hostile', Buffer.from('005375a003616263', 'hex'), 0x80013700),
    'rejected',
  );
  assert.equal(await send(connection, 'hostile', { body: 'good' }), 'accepted');
});

test('a count of four billion elements is not believed, in a frame and in a message', async (t) => {
  const connection = await open(t);
  const before = process.memoryUsage().rss;
  // Elements without bytes, of a width that runs over the end, and a list: as a field of open, and as the body of a request.
  for (const value of [
    'f0000000ffffffffff40',
    'f0000000ffffffffff98',
    'd000000008ffffffff',
    'd1000000087fffffff',
  ]) {
    const body = Buffer.from(
      `005310c0${(value.length / 2 + 1).toString(16).padStart(2, '0')}01${value}`,
      'hex',
    );
    const head = Buffer.from([0, 0, 0, body.length + 8, 2, 0, 0, 0]);
    for (const hello of [AMQP, SASL]) await shout(Buffer.concat([hello, head, body]));
    assert.throws(() => decodeRequest(Buffer.from(`005377${value}`, 'hex')), /elements in/, value);
  }
  const grown = (process.memoryUsage().rss - before) / 2 ** 20;
  assert.ok(grown < 200, `${grown} MiB`);
  assert.equal(await send(connection, 'hostile', { body: 'still here' }), 'accepted');
});

/** Writes bytes as a client without manners, and waits until the broker has taken or refused them. */
async function shout(bytes: Uint8Array): Promise<void> {
  const socket = connect(broker.port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.end(bytes);
  socket.resume();
  const gone = once(socket, 'close');
  await Promise.race([gone, sleep(200)]);
  socket.destroy();
}

const AMQP = Buffer.from('414d515000010000', 'hex');
const SASL = Buffer.from('414d515003010000', 'hex');
/** open, begin, attach (role sender), as rhea writes them. */
function opening(): Buffer {
  const frame = (channel: number, described: string): Buffer => {
    const body = Buffer.from(described, 'hex');
    const head = Buffer.alloc(8);
    head.writeUInt32BE(body.length + 8);
    head.writeUInt8(2, 4);
    head.writeUInt16BE(channel, 6);
    return Buffer.concat([head, body]);
  };
  return Buffer.concat([
    AMQP,
    frame(0, '005310c00401a10178'),
    frame(0, '005311c00a0440435222705222 70'.replace(/ /g, '')),
  ]);
}

test('no bytes whatsoever end the broker or disturb another connection', async (t) => {
  const connection = await open(t);
  const start = fc.constantFrom(Buffer.alloc(0), AMQP, SASL, opening());
  const code = fc.constantFrom(0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x40, 0x41, 0x44);
  const frame = fc
    .tuple(fc.nat(3), fc.nat(2), code, fc.uint8Array({ maxLength: 40 }))
    .map(([type, channel, what, rest]) => {
      const body = Buffer.concat([Buffer.from([0, 0x53, what]), rest]);
      const head = Buffer.from([0, 0, 0, body.length + 8, 2, type, 0, channel]);
      return Buffer.concat([head, body]);
    });
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.array(frame, { maxLength: 4 }).map((frames) => Buffer.concat(frames)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(start, noise), { minLength: 8, maxLength: 8 }), async (all) => {
      await Promise.all(all.map(([first, rest]) => shout(Buffer.concat([first, rest]))));
    }),
    { numRuns: 25 },
  );
  assert.equal(await send(connection, 'hostile', { body: 'still here' }), 'accepted');
  await send(await open(t), 'hostile', { body: 'and open' });
});
