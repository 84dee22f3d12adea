// The unmodified @azure/service-bus against the broker.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceBusClient, type ServiceBusReceivedMessage } from '@azure/service-bus';
import { serverCertificate } from '../../../local/azure/tls/authority.ts';
import { startBroker, type Broker } from '../../../local/service-bus/broker.ts';

const KEY = { name: 'Root', key: 'c2VjcmV0IG9mIHRoZSB0ZXN0' };
const LOCK = 1500;

let broker: Broker;
let client: ServiceBusClient;
let caFile = '';
const folder = mkdtempSync(path.join(os.tmpdir(), 'kiln-bus-'));
before(async () => {
  const certificate = await serverCertificate(folder);
  ({ caFile } = certificate);
  const queue = { lockMs: LOCK, maxDeliveries: 3, deadLetterExpired: true };
  broker = await startBroker({
    entities: {
      queues: {
        builds: queue,
        unique: { ...queue, duplicateWindowMs: 60_000 },
        patient: { lockMs: 60_000, maxDeliveries: 10 },
        ...Object.fromEntries(['first', 'second', 'third'].map((name) => [name, queue])),
      },
      topics: { events: { all: queue, Some: queue } },
    },
    key: KEY,
    port: 0,
    tls: { port: 0, ...certificate },
    log: () => {},
  });
  client = new ServiceBusClient(broker.connectionString, { retryOptions: { maxRetries: 0 } });
});
after(async () => {
  await client.close();
  await broker.close();
  rmSync(folder, { recursive: true });
});

/** More than a session of the client's library has room for at a time. */
const MANY = 2500;

test('one receiver takes thousands of messages, each of them locked and completed', async () => {
  const sender = client.createSender('patient');
  for (let from = 0; from < MANY; from += 500)
    await sender.sendMessages(Array.from({ length: 500 }, (_, index) => ({ body: from + index })));
  const receiver = client.createReceiver('patient');
  const bodies: number[] = [];
  for (;;) {
    const messages = await receiver.receiveMessages(250, { maxWaitTimeInMs: 1000 });
    if (messages.length === 0) break;
    await Promise.all(messages.map((message) => receiver.completeMessage(message)));
    bodies.push(...messages.map(({ body }) => Number(body)));
  }
  assert.deepEqual(
    bodies,
    Array.from({ length: MANY }, (_, index) => index),
  );
  await receiver.close();
  await sender.close();
});

async function receiveOne(queue: string, wait = 3000): Promise<ServiceBusReceivedMessage> {
  const receiver = client.createReceiver(queue);
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: wait });
  assert.ok(message, 'a message');
  await receiver.completeMessage(message);
  await receiver.close();
  return message;
}

test('a message arrives with all its properties and is gone after complete', async () => {
  const sender = client.createSender('builds');
  const receiver = client.createReceiver('builds');
  await sender.sendMessages({
    body: { n: 1 },
    messageId: 'm1',
    subject: 'sub',
    correlationId: 'cc',
    contentType: 'application/json',
    applicationProperties: { a: 1, d: 'x', f: true, big: 2 ** 40, half: 0.5 },
  });
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 3000 });
  assert.ok(message);
  assert.deepEqual(message.body, { n: 1 });
  assert.equal(message.messageId, 'm1');
  assert.equal(message.deliveryCount, 0);
  assert.equal(message.sequenceNumber?.toNumber(), 1);
  assert.deepEqual(message.applicationProperties, { a: 1, d: 'x', f: true, big: 2 ** 40, half: 0.5 });
  assert.equal(message.correlationId, 'cc');
  assert.equal(message.contentType, 'application/json');
  assert.ok(message.lockedUntilUtc && message.lockedUntilUtc > new Date());
  await receiver.completeMessage(message);
  assert.deepEqual(await receiver.peekMessages(5), []);
  await Promise.all([sender.close(), receiver.close()]);
});

test('a batch arrives in order, whatever its bodies are, and an abandoned message comes again', async () => {
  const sender = client.createSender('first');
  const receiver = client.createReceiver('first', { maxAutoLockRenewalDurationInMs: 0 });
  await sender.sendMessages([{ body: 'x1' }, { body: Buffer.from([1, 2]) }, { body: { z: 1 } }]);
  const [one, two, three] = await receiver.receiveMessages(3, { maxWaitTimeInMs: 3000 });
  assert.ok(one && two && three);
  assert.deepEqual([one.body, [...two.body], three.body], ['x1', [1, 2], { z: 1 }]);
  await receiver.abandonMessage(one, { reason: 'again' });
  const [again] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 3000 });
  assert.ok(again);
  assert.deepEqual([again.body, again.deliveryCount], ['x1', 1]);
  assert.deepEqual(again.applicationProperties, { reason: 'again' });
  for (const message of [again, two]) await receiver.completeMessage(message);
  const renewed = await receiver.renewMessageLock(three);
  assert.ok(renewed > new Date(Date.now() + LOCK / 2));
  await receiver.completeMessage(three);
  assert.deepEqual(await receiver.receiveMessages(5, { maxWaitTimeInMs: 200 }), []);
  await Promise.all([sender.close(), receiver.close()]);
});

test('a dead-lettered message lies in the sub-queue with its reason and source', async () => {
  const sender = client.createSender('first');
  const receiver = client.createReceiver('first');
  await sender.sendMessages({ body: 'bad', applicationProperties: { kept: 1 } });
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 3000 });
  assert.ok(message);
  await receiver.deadLetterMessage(message, {
    deadLetterReason: 'Invalid',
    deadLetterErrorDescription: 'why',
    hint: 'fix it',
  });
  const graveyard = client.createReceiver('first', { subQueueType: 'deadLetter' });
  const [dead] = await graveyard.receiveMessages(1, { maxWaitTimeInMs: 3000 });
  assert.ok(dead);
  assert.deepEqual(
    [dead.deadLetterReason, dead.deadLetterErrorDescription, dead.deadLetterSource],
    ['Invalid', 'why', 'first'],
  );
  assert.equal(dead.applicationProperties?.['hint'], 'fix it');
  assert.equal(dead.applicationProperties?.['kept'], 1);
  await graveyard.completeMessage(dead);
  await Promise.all([sender.close(), receiver.close(), graveyard.close()]);
});

test('a lock runs out, its settlement fails, and the last delivery ends in the dead-letter queue', async () => {
  const sender = client.createSender('second');
  await sender.sendMessages({ body: 'slow' });
  const receiver = client.createReceiver('second', { maxAutoLockRenewalDurationInMs: 0 });
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 3000 });
  assert.ok(message);
  await sleep(LOCK + 200);
  await assert.rejects(receiver.renewMessageLock(message), { code: 'MessageLockLost' });
  await assert.rejects(receiver.completeMessage(message), { code: 'MessageLockLost' });
  for (const count of [1, 2]) {
    const [again] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 3000 });
    assert.equal(again?.deliveryCount, count);
    await receiver.abandonMessage(again);
  }
  const graveyard = client.createReceiver('second', { subQueueType: 'deadLetter' });
  const [dead] = await graveyard.receiveMessages(1, { maxWaitTimeInMs: 3000 });
  assert.equal(dead?.deadLetterReason, 'MaxDeliveryCountExceeded');
  await graveyard.completeMessage(dead);
  await Promise.all([sender.close(), receiver.close(), graveyard.close()]);
});

test('scheduled messages can be seen, canceled, and come when it is time', async () => {
  const sender = client.createSender('third');
  const receiver = client.createReceiver('third');
  await sender.scheduleMessages({ body: 'later' }, new Date(Date.now() + 500));
  const [second] = await sender.scheduleMessages({ body: 'never' }, new Date(Date.now() + 60_000));
  const peeked = await receiver.peekMessages(10);
  assert.deepEqual(
    peeked.map(({ body, state }) => [body, state]),
    [
      ['later', 'scheduled'],
      ['never', 'scheduled'],
    ],
  );
  await sender.cancelScheduledMessages(second!);
  await assert.rejects(sender.cancelScheduledMessages(second!), { code: 'MessageNotFound' });
  await sender.sendMessages({ body: 'too', scheduledEnqueueTimeUtc: new Date(Date.now() + 600) });
  const found: unknown[] = [];
  while (found.length < 2) {
    const messages = await receiver.receiveMessages(1, { maxWaitTimeInMs: 3000 });
    for (const message of messages) {
      found.push(message.body);
      await receiver.completeMessage(message);
    }
  }
  assert.deepEqual(found, ['later', 'too']);
  await Promise.all([sender.close(), receiver.close()]);
});

test('nothing is scheduled where nothing can be sent', async () => {
  const sender = client.createSender('third/$DeadLetterQueue');
  await assert.rejects(
    sender.scheduleMessages({ body: 'lost' }, new Date(Date.now() + 60_000)),
    /Nothing can be sent/,
  );
  await sender.close();
});

test('a deferred message waits for its number', async () => {
  const sender = client.createSender('third');
  const receiver = client.createReceiver('third');
  await sender.sendMessages({ body: 'def' });
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 3000 });
  assert.ok(message?.sequenceNumber);
  await receiver.deferMessage(message, { step: 2 });
  assert.equal((await receiver.peekMessages(1))[0]?.state, 'deferred');
  const [deferred] = await receiver.receiveDeferredMessages(message.sequenceNumber);
  assert.equal(deferred?.body, 'def');
  assert.deepEqual(deferred?.applicationProperties, { step: 2 });
  await receiver.completeMessage(deferred);
  await assert.rejects(receiver.receiveDeferredMessages(message.sequenceNumber), { code: 'MessageNotFound' });
  await Promise.all([sender.close(), receiver.close()]);
});

test('deferred messages go back when the client that took them is gone', async () => {
  const sender = client.createSender('third');
  const receiver = client.createReceiver('third');
  await sender.sendMessages({ body: 'left' });
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 3000 });
  assert.ok(message?.sequenceNumber);
  await receiver.deferMessage(message);
  const other = new ServiceBusClient(broker.connectionString);
  await other.createReceiver('third').receiveDeferredMessages(message.sequenceNumber);
  await assert.rejects(receiver.receiveDeferredMessages(message.sequenceNumber), { code: 'MessageNotFound' });
  await other.close();
  const [again] = await receiver.receiveDeferredMessages(message.sequenceNumber);
  assert.equal(again?.deliveryCount, 1);
  await receiver.completeMessage(again);
  await Promise.all([sender.close(), receiver.close()]);
});

test('a repeated message id is accepted and dropped; receiveAndDelete takes at once', async () => {
  const sender = client.createSender('unique');
  const receiver = client.createReceiver('unique', { receiveMode: 'receiveAndDelete' });
  await sender.sendMessages({ body: 1, messageId: 'k' });
  await sender.sendMessages([
    { body: 2, messageId: 'k' },
    { body: 3, messageId: 'l' },
  ]);
  const bodies = (await receiver.receiveMessages(5, { maxWaitTimeInMs: 500 })).map(({ body }) => body);
  assert.deepEqual(bodies, [1, 3]);
  assert.deepEqual(await receiver.peekMessages(5), []);
  await Promise.all([sender.close(), receiver.close()]);
});

test('every subscription of a topic gets its own copy', async () => {
  const sender = client.createSender('events');
  await sender.sendMessages({ body: 'ev' });
  for (const name of ['all', 'some']) {
    const receiver = client.createReceiver('events', name);
    const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 3000 });
    assert.equal(message?.body, 'ev');
    await receiver.completeMessage(message);
    await receiver.close();
  }
  await sender.close();
});

test('a message that expired is dead-lettered', async () => {
  const sender = client.createSender('first');
  await sender.sendMessages({ body: 'old', timeToLive: 100 });
  const graveyard = client.createReceiver('first', { subQueueType: 'deadLetter' });
  const [dead] = await graveyard.receiveMessages(1, { maxWaitTimeInMs: 3000 });
  assert.equal(dead?.deadLetterReason, 'TTLExpiredException');
  await graveyard.completeMessage(dead);
  await Promise.all([sender.close(), graveyard.close()]);
});

test('200 kB pass, and the limit of a batch is known', async () => {
  const sender = client.createSender('builds');
  const body = 'x'.repeat(200_000);
  await sender.sendMessages({ body });
  assert.equal((await sender.createMessageBatch()).maxSizeInBytes, 1024 * 1024);
  const message = await receiveOne('builds');
  assert.equal(message.body, body);
  await sender.close();
});

test('an unknown entity and a wrong key are refused', async () => {
  await assert.rejects(client.createSender('nope').sendMessages({ body: 1 }), {
    code: 'MessagingEntityNotFound',
  });
  const stranger = new ServiceBusClient(broker.connectionString.replace(KEY.key, 'YW5vdGhlcg=='), {
    retryOptions: { maxRetries: 0 },
  });
  await assert.rejects(stranger.createSender('builds').sendMessages({ body: 1 }), {
    code: 'UnauthorizedAccess',
  });
  await stranger.close();
});

test('1000 messages and one that outlives its lock are all settled by a subscriber', async () => {
  const sender = client.createSender('second');
  const receiver = client.createReceiver('second');
  const seen = new Map<string, number>();
  let resolve = (): void => {};
  const done = new Promise<void>((finish) => (resolve = finish));
  const subscription = receiver.subscribe(
    {
      processMessage: async ({ body }) => {
        seen.set(String(body), (seen.get(String(body)) ?? 0) + 1);
        if (body === 'long') await sleep(LOCK * 2);
        if (seen.size === 1001 && body === 'long') resolve();
      },
      processError: async ({ error }) => assert.fail(error),
    },
    { maxConcurrentCalls: 16 },
  );
  await sender.sendMessages({ body: 'long' });
  for (let part = 0; part < 10; part++)
    await sender.sendMessages(Array.from({ length: 100 }, (_, index) => ({ body: `${part}-${index}` })));
  await done;
  await sleep(200);
  assert.deepEqual(
    [...seen.values()].filter((count) => count !== 1),
    [],
  );
  assert.deepEqual(await receiver.peekMessages(5), []);
  await subscription.close();
  await Promise.all([sender.close(), receiver.close()]);
});

test('the client works over TLS without the emulator flag when it trusts the local authority', async () => {
  const connection = broker.connectionString
    .replace(`127.0.0.1:${broker.port}`, `localhost:${broker.tlsPort}`)
    .replace(';UseDevelopmentEmulator=true', '');
  // The trust is given by the environment, which Node reads when it starts.
  const script = `
    const { ServiceBusClient } = require('@azure/service-bus');
    const client = new ServiceBusClient(process.env.BUS, { retryOptions: { maxRetries: 0 } });
    client.createSender('patient').sendMessages({ body: 'safe' }).then(() => client.close());`;
  const env = { ...process.env, BUS: connection, NODE_EXTRA_CA_CERTS: caFile };
  const cwd = path.resolve(import.meta.dirname, '../../..');
  await new Promise<void>((resolve, reject) => {
    execFile(process.execPath, ['-e', script], { env, cwd }, (error) => (error ? reject(error) : resolve()));
  });
  assert.equal((await receiveOne('patient')).body, 'safe');
});

test('a message settled by its lock token alone, on another connection, is settled on its link too', async () => {
  const sender = client.createSender('patient');
  const receiver = client.createReceiver('patient');
  const stranger = new ServiceBusClient(broker.connectionString);
  await sender.sendMessages({ body: 'x' });
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 3000 });
  assert.ok(message);
  const byToken = {
    body: undefined,
    lockToken: message.lockToken,
    delivery: {},
  } as unknown as ServiceBusReceivedMessage;
  await stranger.createReceiver('patient').completeMessage(byToken);
  const { delivery } = message as unknown as { delivery: { remote_settled: boolean } };
  while (!delivery.remote_settled) await sleep(10);
  assert.deepEqual(await receiver.peekMessages(5), []);
  await stranger.close();
  await Promise.all([sender.close(), receiver.close()]);
});
