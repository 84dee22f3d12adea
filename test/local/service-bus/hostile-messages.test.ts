// What is accepted from a client can be stored, delivered, changed and dead-lettered: anything else would end the broker.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import rhea from 'rhea';
import { readMessage, withProperties, writeMessage } from '../../../local/service-bus/amqp/message.ts';
import { MalformedValue } from '../../../local/service-bus/amqp/values.ts';
import { Namespace } from '../../../local/service-bus/namespace.ts';
import { openDatabase } from '../../../local/service-bus/store/database.ts';
import { SqliteStore } from '../../../local/service-bus/store/sqlite-store.ts';

const { message, types } = rhea;
const SETTINGS = { lockMs: 1000, maxDeliveries: 10 };

const sample = Buffer.from(
  message.encode({
    ttl: 60_000,
    durable: true,
    message_annotations: { 'x-opt-scheduled-enqueue-time': types.wrap_timestamp(5) },
    message_id: types.wrap_ulong(7),
    subject: 's',
    application_properties: { a: 1, b: 'x', c: types.wrap_timestamp(1) },
    body: message.data_sections([Buffer.from('one'), Buffer.from('two')]),
  }),
);

/** The sample with some bytes changed: mostly still a message, seldom a sensible one. */
const damaged = fc
  .array(
    fc.tuple(
      fc.nat(sample.length - 1),
      fc.oneof(fc.nat(255), fc.constantFrom(0x40, 0x43, 0x45, 0x80, 0x81, 0xc1)),
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((changes) => {
    const bytes = Buffer.from(sample);
    for (const [at, value] of changes) bytes[at] = value;
    return bytes;
  });

function accepted(bytes: Buffer): ReturnType<typeof readMessage> | undefined {
  try {
    return readMessage(bytes);
  } catch (error) {
    assert.ok(error instanceof MalformedValue, String(error));
    return undefined;
  }
}

test('a damaged message is refused, or goes all the way', () => {
  const store = new SqliteStore(openDatabase(undefined));
  const clock = { now: () => 1_000_000, alarm: () => () => undefined };
  const namespace = new Namespace({ queues: { q: SETTINGS }, topics: {} }, { clock, store });
  const [queue, graveyard] = [namespace.find('q'), namespace.find('q/$DeadLetterQueue')];
  assert.ok(queue && graveyard);
  const properties = Buffer.from('c10501a1017a43', 'hex');
  let count = 0;
  fc.assert(
    fc.property(damaged, (bytes) => {
      const draft = accepted(bytes);
      if (draft === undefined) return;
      count += 1;
      namespace.send([queue], [draft]);
      const held = namespace.act(() => queue.receive({}));
      if (held === undefined) return;
      writeMessage(held);
      namespace.act(() => queue.abandon(held.lock.token, (content) => withProperties(content, properties)));
      const again = namespace.act(() => queue.receive({}));
      const why = { reason: 'R', description: 'd' };
      namespace.act(() => queue.deadLetter(again?.lock.token ?? '', why));
      const dead = namespace.act(() => graveyard.take());
      assert.ok(dead);
      writeMessage(dead);
    }),
    { numRuns: 2000 },
  );
  assert.ok(count > 100, `${count} were accepted`);
});
