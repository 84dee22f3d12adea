// The semantics of one queue: tables of operations and times, and properties over random sequences of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Queue, type QueueSettings } from '../../../local/service-bus/queue/queue.ts';
import { openDatabase } from '../../../local/service-bus/store/database.ts';
import { SqliteStore } from '../../../local/service-bus/store/sqlite-store.ts';

const SETTINGS: QueueSettings = { lockMs: 60, maxDeliveries: 3 };

type Bench = {
  queue: Queue;
  graveyard: Queue;
  store: SqliteStore;
  clock: { now: number };
  send: (text: string, more?: { timeToLive?: number; scheduledFor?: number }) => number | undefined;
  /** Tokens of messages that were received, by their text. */
  receive: (owner?: object) => string;
  token: (text: string) => string;
  texts: (queue?: Queue) => string[];
  /** The same store, as a broker that was started again sees it. */
  restart: () => Bench;
};

function bench(
  settings: QueueSettings = SETTINGS,
  store = new SqliteStore(openDatabase(undefined)),
  clock = { now: 1000 },
): Bench {
  const parts = { store, now: () => clock.now };
  // As a namespace makes it: nothing expires in it.
  const forever = { lockMs: settings.lockMs, maxDeliveries: Number.POSITIVE_INFINITY };
  const graveyard = new Queue('q/$DeadLetterQueue', forever, parts);
  const queue = new Queue('q', settings, { ...parts, deadLetters: graveyard });
  const tokens = new Map<string, string>();
  const text = (content: Uint8Array): string => Buffer.from(content).toString();
  return {
    queue,
    graveyard,
    store,
    clock,
    send: (what, more = {}) =>
      queue.send({
        content: Buffer.from(what),
        messageId: what,
        timeToLive: more.timeToLive,
        scheduledFor: more.scheduledFor,
      }),
    receive(owner = {}) {
      const message = queue.receive(owner);
      if (!message) return '-';
      tokens.set(text(message.content), message.lock.token);
      return `${text(message.content)}:${message.deliveryCount}`;
    },
    token: (what) => tokens.get(what) ?? '',
    texts: (which = queue) =>
      which
        .peek(0, 100)
        .map(({ content, state, lock, deadLetter }) =>
          [text(content), state, lock && 'locked', deadLetter?.reason].filter(Boolean).join(' '),
        ),
    restart: () => bench(settings, store, clock),
  };
}

type Row = readonly [operations: string, check: (bench: Bench) => void];

const TABLE: readonly Row[] = [
  [
    'messages come in the order of sending, each once',
    ({ send, receive }) => {
      for (const each of ['a', 'b']) send(each);
      assert.deepEqual([receive(), receive(), receive()], ['a:0', 'b:0', '-']);
    },
  ],
  [
    'a completed message is gone, and its token is worth nothing',
    ({ send, receive, queue, token, texts }) => {
      send('a');
      receive();
      assert.ok(queue.complete(token('a')));
      assert.ok(!queue.complete(token('a')));
      assert.deepEqual(texts(), []);
    },
  ],
  [
    'an abandoned message comes first again, counted',
    ({ send, receive, queue, token }) => {
      for (const each of ['a', 'b']) send(each);
      receive();
      queue.abandon(token('a'));
      assert.deepEqual([receive(), receive()], ['a:1', 'b:0']);
    },
  ],
  [
    'a released message comes again, not counted',
    ({ send, receive, queue, token }) => {
      send('a');
      receive();
      queue.release(token('a'));
      assert.equal(receive(), 'a:0');
    },
  ],
  [
    'a lock ends at its time and not before',
    ({ send, receive, queue, clock, token }) => {
      send('a');
      receive();
      const first = token('a');
      clock.now += 59;
      assert.equal(receive(), '-');
      clock.now += 1;
      assert.equal(receive(), 'a:1');
      assert.ok(!queue.complete(first));
      assert.ok(queue.complete(token('a')));
    },
  ],
  [
    'a renewed lock counts from the renewal',
    ({ send, receive, queue, clock, token }) => {
      send('a');
      receive();
      clock.now += 50;
      assert.equal(queue.renew(token('a')), clock.now + 60);
      clock.now += 59;
      assert.equal(receive(), '-');
      clock.now += 1;
      assert.equal(queue.renew(token('a')), undefined);
    },
  ],
  [
    'the third failed delivery is the last',
    ({ send, receive, queue, token, texts, graveyard }) => {
      send('a');
      for (let count = 0; count < 3; count++) {
        assert.equal(receive(), `a:${count}`);
        queue.abandon(token('a'));
      }
      assert.deepEqual([texts(), texts(graveyard)], [[], ['a active MaxDeliveryCountExceeded']]);
      assert.equal(graveyard.peek(0, 1)[0]?.deadLetter?.source, 'q');
    },
  ],
  [
    'a dead letter stays in its queue, however often it is abandoned or dead-lettered again',
    ({ send, receive, queue, token, texts, graveyard }) => {
      send('a');
      receive();
      queue.deadLetter(token('a'), { reason: 'Invalid', description: 'x' });
      for (let count = 0; count < 12; count++) graveyard.abandon(graveyard.receive({})?.lock.token ?? '');
      assert.deepEqual(texts(graveyard), ['a active Invalid']);
      graveyard.deadLetter(graveyard.receive({})?.lock.token ?? '', { reason: 'Worse', description: 'y' });
      assert.deepEqual(texts(graveyard), ['a active Worse']);
    },
  ],
  [
    'a deferred message comes by its number alone, and stays deferred until it is settled',
    ({ send, receive, queue, clock, token, texts }) => {
      send('a');
      receive();
      queue.defer(token('a'));
      assert.equal(receive(), '-');
      assert.equal(queue.receiveDeferred([1, 2], {}, false), undefined, 'all or none');
      const [message] = queue.receiveDeferred([1], {}, false) ?? [];
      assert.equal(queue.receiveDeferred([1], {}, false), undefined, 'locked');
      assert.deepEqual(texts(), ['a deferred locked']);
      clock.now += 60;
      assert.deepEqual([receive(), texts()], ['-', ['a deferred']]);
      assert.ok(!queue.complete(message?.lock?.token ?? ''));
      assert.equal(queue.receiveDeferred([1], {}, true)?.length, 1);
      assert.deepEqual(texts(), []);
    },
  ],
  [
    'a scheduled message joins the end of the queue at its time, under a new number',
    ({ send, receive, queue, clock, texts }) => {
      assert.equal(send('later', { scheduledFor: 1050 }), 1);
      send('a');
      assert.deepEqual(texts(), ['later scheduled', 'a active']);
      clock.now = 1050;
      assert.deepEqual([receive(), receive()], ['a:0', 'later:0']);
      assert.equal(queue.peek(3, 1)[0]?.originalSequence, 1);
    },
  ],
  [
    'a scheduled message can be canceled until its time',
    ({ send, queue, clock, texts }) => {
      send('later', { scheduledFor: 1050 });
      assert.ok(queue.cancelScheduled(1));
      assert.ok(!queue.cancelScheduled(1));
      send('soon', { scheduledFor: 1050 });
      clock.now = 1050;
      assert.ok(!queue.cancelScheduled(2));
      assert.deepEqual(texts(), ['soon active']);
    },
  ],
  [
    'a time that is over schedules nothing',
    ({ send, receive }) => {
      send('a', { scheduledFor: 999 });
      assert.equal(receive(), 'a:0');
    },
  ],
  [
    'a message expires unless it is locked; from the time it was enqueued',
    ({ send, receive, queue, clock, token, texts }) => {
      send('short', { timeToLive: 10 });
      send('held', { timeToLive: 10 });
      send('later', { timeToLive: 10, scheduledFor: 1030 });
      receive();
      queue.complete(token('short'));
      receive();
      clock.now = 1030;
      assert.deepEqual(texts(), ['held active locked', 'later active']);
      queue.abandon(token('held'));
      clock.now = 1040;
      assert.deepEqual(texts(), []);
    },
  ],
  [
    'what the owner of a link had goes to others at once, counted',
    ({ send, receive, queue }) => {
      const [one, other] = [{}, {}];
      for (const each of ['a', 'b', 'c']) send(each);
      assert.deepEqual([receive(one), receive(other), receive(one)], ['a:0', 'b:0', 'c:0']);
      queue.releaseAllOf(one);
      assert.deepEqual([receive(), receive(), receive()], ['a:1', 'c:1', '-']);
    },
  ],
  [
    'take removes at once',
    ({ send, queue, texts }) => {
      send('a');
      assert.equal(queue.take()?.messageId, 'a');
      assert.equal(queue.take(), undefined);
      assert.deepEqual(texts(), []);
    },
  ],
  [
    'a changed content comes with the next delivery and lies in the dead-letter queue',
    ({ send, receive, queue, token, texts, graveyard }) => {
      send('a');
      receive();
      queue.abandon(token('a'), (content) => Buffer.concat([content, Buffer.from('!')]));
      assert.equal(receive(), 'a!:1');
      queue.deadLetter(token('a!'), { reason: 'R', description: undefined }, () => Buffer.from('z'));
      assert.deepEqual(texts(graveyard), ['z active R']);
    },
  ],
  [
    'a restart finds every message, count, number and reason as it was, and locks nobody holds any more are gone',
    (first) => {
      const { send, receive, queue, token } = first;
      for (const each of ['a', 'b', 'c']) send(each);
      send('later', { scheduledFor: 1050 });
      receive();
      queue.abandon(token('a'));
      receive();
      receive();
      queue.deadLetter(token('b'), { reason: 'Invalid', description: 'x' });
      const again = first.restart();
      assert.deepEqual(first.texts(), ['a active locked', 'c active', 'later scheduled']);
      assert.deepEqual(again.texts(), ['a active', 'c active', 'later scheduled']);
      assert.deepEqual(again.texts(again.graveyard), ['b active Invalid']);
      assert.ok(!again.queue.complete(token('a')), 'the lock of before');
      assert.deepEqual([again.receive(), again.receive()], ['a:1', 'c:0']);
      assert.equal(again.send('d'), 5);
      again.clock.now = 1050;
      assert.deepEqual(again.texts(), ['a active locked', 'c active locked', 'd active', 'later active']);
    },
  ],
];
for (const [sentence, check] of TABLE) test(sentence, () => check(bench()));

test('a repeated id is dropped within the window, also over a restart, and accepted after it', () => {
  const first = bench({ ...SETTINGS, duplicateWindowMs: 100 });
  assert.equal(first.send('a'), 1);
  first.queue.take();
  first.clock.now += 99;
  assert.equal(first.send('a'), undefined);
  const again = first.restart();
  assert.equal(again.send('a'), undefined);
  again.clock.now += 1;
  assert.equal(again.send('a'), 2);
  again.clock.now += 100;
  again.send('b');
  assert.deepEqual(
    again.store.sentIds('q').map(([id]) => id),
    ['b'],
    'older ids take no room',
  );
});

test('a change that fails leaves nothing in the store, and the next one works', () => {
  const { store, queue, send, restart } = bench();
  const fail = (): never => {
    throw new Error('no');
  };
  assert.throws(() => store.transaction(() => [send('a'), fail()]), /no/);
  store.transaction(() =>
    queue.send({ content: Buffer.from('b'), messageId: 'b', timeToLive: undefined, scheduledFor: undefined }),
  );
  assert.deepEqual(restart().texts(), ['b active']);
});

test('an expired message is dead-lettered where the queue says so, and a queue limits the time to live', () => {
  const { send, clock, texts, graveyard } = bench({ ...SETTINGS, timeToLiveMs: 20, deadLetterExpired: true });
  send('a');
  send('b', { timeToLive: 10 });
  send('c', { timeToLive: 500 });
  clock.now += 10;
  assert.deepEqual([texts().length, texts(graveyard)], [2, ['b active TTLExpiredException']]);
  clock.now += 10;
  assert.deepEqual([texts(), texts(graveyard).length], [[], 3]);
  clock.now += 1_000_000;
  assert.equal(texts(graveyard).length, 3, 'dead letters stay');
});

/** A step of a reader or of time; numbers choose among what is there. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('send'), at: fc.integer({ min: -50, max: 200 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('receive'), owner: fc.nat(1) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('complete', 'abandon', 'release', 'defer', 'bury', 'renew'),
      pick: fc.nat(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('part', 'restart'), owner: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('take deferred') }) },
);

test('whatever readers do, each message is completed once or lies in exactly one place, and a restart changes nothing', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let now = bench();
      const owners = [{}, {}];
      const held: string[] = [];
      const done = new Set<number>();
      let sent = 0;
      const complete = (token: string): boolean => {
        const message = now.queue.peek(0, 999).find(({ lock }) => lock?.token === token);
        const isDone = now.queue.complete(token);
        assert.ok(!isDone || !done.has(Number(message?.messageId)), 'completed once');
        if (isDone) done.add(Number(message?.messageId));
        return isDone;
      };
      const settle: Record<string, (token: string) => boolean> = {
        complete,
        abandon: (token) => now.queue.abandon(token),
        release: (token) => now.queue.release(token),
        defer: (token) => now.queue.defer(token),
        bury: (token) => now.queue.deadLetter(token, { reason: 'R', description: undefined }),
        renew: (token) => now.queue.renew(token) !== undefined,
      };
      const everything = (): string[] =>
        [...now.queue.peek(0, 999), ...now.graveyard.peek(0, 999)].map(({ messageId }) => messageId);
      for (const each of steps) {
        if ('at' in each) now.send(String(++sent), { scheduledFor: now.clock.now + each.at });
        else if ('pick' in each) {
          const token = held[each.pick % Math.max(1, held.length)] ?? '';
          settle[each.kind]?.(token);
        } else if ('ms' in each) now.clock.now += each.ms;
        else if (each.kind === 'receive') {
          const before = now.queue.peek(0, 999);
          const message = now.queue.receive(owners[(each as { owner: number }).owner] ?? {});
          const ready = before.filter(({ lock, state }) => !lock && state === 'active');
          assert.equal(message?.sequence, ready[0]?.sequence, 'the first that is ready');
          if (message) held.push(message.lock.token);
        } else if (each.kind === 'part')
          now.queue.releaseAllOf(owners[(each as { owner: number }).owner] ?? {});
        else if (each.kind === 'restart') {
          const before = [now.texts(), now.texts(now.graveyard)].map((texts) =>
            texts.map((text) => text.replace(' locked', '')),
          );
          now = now.restart();
          assert.deepEqual([now.texts(), now.texts(now.graveyard)], before);
        } else {
          const deferred = now.queue.peek(0, 999).find(({ state, lock }) => state === 'deferred' && !lock);
          if (deferred)
            held.push(
              now.queue.receiveDeferred([deferred.sequence], owners[0] ?? {}, false)?.[0]?.lock?.token ?? '',
            );
        }
        const all = everything();
        assert.equal(new Set(all).size, all.length, 'in one place');
        assert.equal(all.length + done.size, sent, 'none lost');
      }
    }),
    { numRuns: 300 },
  );
});
