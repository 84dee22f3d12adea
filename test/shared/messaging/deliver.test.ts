import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { carryOutRedistribution } from '../../../shared/commands/redistribution-claim.ts';
import { deliverAll, type DeliveryContext, deliverRun } from '../../../shared/messaging/deliver.ts';
import { preserveEvents } from '../../../shared/messaging/preserve.ts';
import { runEvents } from '../../../shared/model/run-events.ts';
import { createBlobStore } from '../../../shared/store/blob-store.ts';
import type {
  Run,
  RunState,
  TemplateHead,
  TimelineEntry,
} from '../../../shared/model/documents/documents.ts';
import type { Store } from '../../../shared/ports/store.ts';
import { runId } from '../../../shared/model/convert.ts';
import { ANYBODY } from '../../support/anybody.ts';
import { FakeEngine } from '../../support/api.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';
import { assertEvent, deduplicated, MemorySink } from '../../support/events.ts';
import { REF } from '../../support/sample-templates.ts';

const ID = runId('0badcafe-0000-4000-8000-000000000001');
const at = (second: number) => new Date(Date.UTC(2026, 10, 25, 12, 0, second)).toISOString();
const run = (changes: Partial<Run> = {}): Run => ({
  schema: 1,
  id: ID,
  ref: REF,
  revision: 3,
  reason: 'request',
  correlationId: 'change-7',
  state: 'Running',
  startTime: at(0),
  message: '',
  outputs: [],
  ...changes,
});
const ended = run({ state: 'Succeeded', endTime: at(50), outputs: [] });
const line = (id: string, second: number, rest: Partial<TimelineEntry>): TimelineEntry => ({
  id,
  at: at(second),
  phase: 'resolve',
  event: 'started',
  ...rest,
});
const TIMELINE: readonly TimelineEntry[] = [
  line('resolve/started', 1, {}),
  line('resolve/succeeded', 2, { event: 'succeeded' }),
  line('customize/started', 3, { phase: 'customize' }),
  line('customize/one/started', 4, { phase: 'customize', step: 'one', log: '01-one' }),
  line('customize/one/failed', 5, {
    phase: 'customize',
    step: 'one',
    event: 'failed',
    message: 'exit 1',
    log: '01-one',
  }),
  line('distribute/g › westeurope/succeeded', 6, {
    phase: 'distribute',
    step: 'g › westeurope',
    region: 'westeurope',
    event: 'succeeded',
    message: '3 s',
  }),
  line('clean up/started', 60, { phase: 'clean up' }),
];

test('the events of a run follow from its documents, each with what its schema promises', () => {
  const events = runEvents(ended, TIMELINE);
  events.forEach(assertEvent);
  assert.deepEqual(
    events.map(({ type }) => type.replace('io.kiln.run.', '')),
    [
      'queued',
      'started',
      'phaseChanged',
      'phaseChanged',
      'phaseChanged',
      'stepFailed',
      'regionCompleted',
      'succeeded',
    ],
  );
  assert.equal(new Set(events.map(({ id }) => id)).size, events.length);
  assert.ok(events.every(({ data }) => data['correlationId'] === 'change-7'));
});

test('what a run has told stays as it was while the run goes on', () => {
  fc.assert(
    fc.property(fc.nat(TIMELINE.length), fc.nat(TIMELINE.length), (one, other) => {
      const [early, late] = [Math.min(one, other), Math.max(one, other)];
      const before = runEvents(run(), TIMELINE.slice(0, early));
      const afterwards = runEvents(run(), TIMELINE.slice(0, late));
      assert.deepEqual(afterwards.slice(0, before.length), before);
    }),
  );
});

describe('the outbox', () => {
  let azurite: Azurite;
  let context: DeliveryContext & { sinks: MemorySink[] };
  let time = Date.UTC(2026, 10, 25, 13);
  before(async () => {
    azurite = await startAzurite();
  });
  after(() => azurite.stop());
  beforeEach(async () => {
    const store = createBlobStore(await azurite.container());
    const sinks = [new MemorySink()];
    context = { store, sinks, now: () => new Date(time), warn: () => undefined };
  });

  async function begin(): Promise<void> {
    await context.store.outbox.addRun(REF, ID, at(0));
    await context.store.runs.create(run());
  }
  /** It remembers nothing of what this one has sent. */
  const anotherProcess = () => ({ ...context, sinks: [...context.sinks] });
  const end = () => context.store.runs.update(REF, ID, () => ended);
  const all = runEvents(ended, TIMELINE).map(({ id }) => id);
  const got = (sink = context.sinks[0]) => (sink?.received ?? []).map(({ id }) => id);

  test('events go out as things happen, once each, and the entry goes after the last', async () => {
    await begin();
    for (const entry of TIMELINE.slice(0, 6)) {
      await context.store.timeline.append(REF, ID, [entry]);
      await deliverRun(context, ID);
    }
    await end();
    await deliverRun(context, ID);
    assert.deepEqual(got(), all);
    assert.deepEqual(await context.store.outbox.list(), []);
    await deliverAll(context);
    await deliverRun(context, ID);
    assert.deepEqual(got(), all, 'nothing is sent again');
  });

  test('the timer leaves a run alone that has told everything, and looks again after a minute for what others left', async () => {
    await begin();
    let reads = 0;
    const { store } = context;
    const read: typeof store.timeline.read = (ref, id) => {
      reads += 1;
      return store.timeline.read(ref, id);
    };
    const counted = { ...context, store: { ...store, timeline: { ...store.timeline, read } } };
    await store.timeline.append(REF, ID, TIMELINE.slice(0, 2));
    for (let minute = 0; minute < 3; minute += 1) await deliverAll(counted);
    assert.equal(reads, 1);
    await store.timeline.append(REF, ID, TIMELINE.slice(2, 6));
    await deliverAll(counted);
    assert.equal(reads, 1, 'whoever wrote that sends it');
    time += 59_000;
    await deliverAll(counted);
    assert.equal(reads, 1, 'within the minute');
    time += 2000;
    await deliverAll(counted);
    assert.deepEqual([reads, got()], [2, all.slice(0, got().length)]);
    await end();
    await deliverRun(counted, ID);
    assert.deepEqual(got(), all);
  });

  test('of many runs the timer looks at each the more seldom, so that it asks no more', async () => {
    await begin();
    const { store } = context;
    const list: typeof store.outbox.list = async () => {
      const [entry] = await store.outbox.list();
      return entry === undefined ? [] : Array.from({ length: 300 }, () => entry);
    };
    let reads = 0;
    const glance: typeof store.runs.glance = (...of) => {
      reads += 1;
      return store.runs.glance(...of);
    };
    const crowded = {
      ...context,
      store: { ...store, outbox: { ...store.outbox, list }, runs: { ...store.runs, glance } },
    };
    await deliverRun(context, ID);
    reads = 0;
    time += 170_000;
    await deliverAll(crowded);
    assert.equal(reads, 0, 'three minutes for three hundred');
    time += 20_000;
    await deliverAll(crowded);
    assert.ok(reads > 0);
  });

  test('a process that dies between writing and sending loses nothing: the next one sends it', async () => {
    await begin();
    await context.store.timeline.append(REF, ID, TIMELINE);
    await end();
    await deliverAll(context);
    assert.deepEqual(got(), all);
  });

  test('a process that dies between sending and noting sends again, under the same ids and in order', async () => {
    await begin();
    await context.store.timeline.append(REF, ID, TIMELINE.slice(0, 4));
    const dying = { ...context.store.outbox, put: () => Promise.reject(new Error('killed')) };
    await assert.rejects(
      deliverRun({ ...context, store: { ...context.store, outbox: dying } }, ID),
      /killed/,
    );
    await context.store.timeline.append(REF, ID, TIMELINE.slice(4));
    await end();
    await deliverAll(context);
    assert.ok(got().length > all.length);
    assert.deepEqual(
      deduplicated(context.sinks[0]?.received ?? []).map(({ id }) => id),
      all,
    );
  });

  const HEAD: TemplateHead = {
    schema: 1,
    ref: REF,
    revision: 3,
    provisioningState: 'Succeeded',
    body: {},
    bodyApiVersion: '2026-11-01',
    createdAt: at(0),
    changedAt: at(0),
  };

  /** What a retry does first. */
  async function again(attempt: number): Promise<void> {
    const redistribution = { instance: `${ID}-r${attempt}`, attempt, operationId: `OP-${attempt}` };
    const commands = {
      store: context.store,
      engine: new FakeEngine(),
      ...ANYBODY,
      urls: { allow: [] },
      now: () => new Date(time),
      newId: () => crypto.randomUUID(),
    };
    await carryOutRedistribution(commands, HEAD, { runId: ID, redistribution });
  }

  const finish = (state: RunState, second: number) =>
    context.store.runs.update(REF, ID, (current) => ({ ...current, state, endTime: at(second) }));
  const ofAttempt = (attempt: number, second: number) =>
    line(`r${attempt}/distribute/started`, second, { phase: 'distribute' });
  const told = (sink = context.sinks[0]) =>
    deduplicated(sink?.received ?? []).map(({ id }) => id.slice(ID.length + 1));
  const WHOLE = [
    'queued',
    'started',
    'timeline/resolve/started',
    'timeline/resolve/succeeded',
    'PartiallySucceeded',
    'timeline/r1/distribute/started',
    '1/Failed',
    'timeline/r2/distribute/started',
    '2/Succeeded',
  ];

  /** A run that is distributed three times. Between its steps comes what `between` does. */
  async function threeTurns(between: () => Promise<void>): Promise<void> {
    const { timeline } = context.store;
    const steps = [
      begin,
      () => timeline.append(REF, ID, TIMELINE.slice(0, 2)),
      () => finish('PartiallySucceeded', 50),
      () => again(1),
      () => timeline.append(REF, ID, [ofAttempt(1, 60)]),
      () => finish('Failed', 70),
      () => again(2),
      () => timeline.append(REF, ID, [ofAttempt(2, 80)]),
      () => finish('Succeeded', 90),
    ];
    for (const step of steps) {
      await step();
      await between();
    }
  }

  test('a run that is distributed again tells what is new, and its other end', async () => {
    await threeTurns(() => deliverAll(anotherProcess()));
    assert.deepEqual(told(), WHOLE);
    assert.equal(got().length, WHOLE.length, 'and nothing that was delivered before');
    assert.deepEqual(await context.store.outbox.list(), []);
  });

  test('an end that a sink did not hear of is told though the run was distributed again since', async () => {
    const webhook = new MemorySink('webhook');
    context.sinks.push(webhook);
    webhook.strength = 0;
    await threeTurns(() => deliverAll(anotherProcess()));
    assert.deepEqual([told(), told(webhook)], [WHOLE, []]);
    webhook.strength = Infinity;
    time += 3_600_000;
    await deliverAll(context);
    assert.deepEqual(told(webhook), WHOLE);
    assert.deepEqual(await context.store.outbox.list(), []);
  });

  test('whenever a sink is down, it gets all of a run that is distributed again, in order', async () => {
    const strengths = fc.array(fc.nat(3), { minLength: 9, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(strengths, async (list) => {
        const sink = new MemorySink();
        const store = createBlobStore(await azurite.container());
        context = { ...context, store, sinks: [sink] };
        const left = [...list];
        await threeTurns(async () => {
          sink.strength = left.shift() ?? 0;
          time += 3_600_000;
          await deliverAll(context);
        });
        sink.strength = Infinity;
        time += 3_600_000;
        await deliverAll(context);
        assert.deepEqual(told(sink), WHOLE);
        assert.deepEqual(await store.outbox.list(), []);
      }),
      { numRuns: 15 },
    );
  });

  test('a delivery that finds the run at its end does not take the note of the next distribution away', async () => {
    const { outbox } = context.store;
    await begin();
    await finish('PartiallySucceeded', 50);
    // The run is opened again after the delivery has sent its end, and before it removes the entry.
    let isFirst = true;
    const remove: Store['outbox']['remove'] = async (entry, etag) => {
      if (isFirst) await again(1);
      isFirst = false;
      await outbox.remove(entry, etag);
    };
    await deliverAll({ ...context, store: { ...context.store, outbox: { ...outbox, remove } } });
    await finish('Succeeded', 70);
    await deliverAll(context);
    assert.deepEqual(told(), ['queued', 'PartiallySucceeded', '1/Succeeded']);
    assert.deepEqual(await outbox.list(), []);
  });

  test('what comes late from before an end is not told after it', async () => {
    await begin();
    await context.store.timeline.append(REF, ID, TIMELINE.slice(0, 2));
    await finish('PartiallySucceeded', 50);
    const webhook = new MemorySink('webhook');
    webhook.strength = 0;
    context.sinks.push(webhook);
    await deliverAll(context);
    await context.store.timeline.append(REF, ID, [line('distribute/failed', 51, { event: 'failed' })]);
    await again(1);
    await deliverAll(context);
    assert.equal(told().at(-1), 'PartiallySucceeded');
  });

  test('many deliverers at once keep the order of what a consumer sees first', async () => {
    await begin();
    for (const entry of TIMELINE) {
      await context.store.timeline.append(REF, ID, [entry]);
      await Promise.all([1, 2, 3].map(() => deliverAll(anotherProcess())));
    }
    await end();
    await Promise.all([1, 2, 3].map(() => deliverAll(anotherProcess())));
    await deliverAll(context);
    assert.deepEqual(
      deduplicated(context.sinks[0]?.received ?? []).map(({ id }) => id),
      all,
    );
  });

  test('a sink that fails is left alone for a while and then gets the rest; the other one has everything', async () => {
    const webhook = new MemorySink('webhook');
    context.sinks.push(webhook);
    webhook.strength = 3;
    await begin();
    await context.store.timeline.append(REF, ID, TIMELINE);
    await end();
    await deliverAll(context);
    assert.deepEqual([got().length, got(webhook).length], [all.length, 3]);
    webhook.strength = Infinity;
    await deliverAll(context);
    assert.equal(got(webhook).length, 3, 'its pause is not over');
    time += 16_000;
    await deliverAll(context);
    assert.deepEqual(got(webhook), all);
    assert.equal(got().length, all.length);
    assert.deepEqual(await context.store.outbox.list(), []);
  });

  test('a sink that never answers is given up after three days, and not before', async () => {
    const [sink] = context.sinks;
    assert.ok(sink);
    sink.strength = 0;
    await begin();
    await end();
    for (let hour = 0; hour <= 73; hour += 1) {
      await deliverAll(context);
      if (hour < 72) assert.equal((await context.store.outbox.list()).length, 1, `after ${hour} h`);
      time += 3_600_001;
    }
    await deliverAll(context);
    assert.deepEqual(await context.store.outbox.list(), []);
  });

  test('deleting a template loses no event of its runs', async () => {
    await begin();
    await context.store.timeline.append(REF, ID, TIMELINE);
    await deliverRun(context, ID);
    const before = got().length;
    await end();
    await preserveEvents(context.store, { ...REF, name: REF.name.toUpperCase() });
    await context.store.templates.remove(REF);
    await deliverAll(context);
    assert.equal(before, all.length - 1);
    assert.deepEqual(got(), all);
    assert.deepEqual(await context.store.outbox.list(), []);
  });
});
