import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { deliverAll, type DeliveryContext, deliverRun } from '../../../shared/messaging/deliver.ts';
import { preserveEvents } from '../../../shared/messaging/preserve.ts';
import { runEvents } from '../../../shared/messaging/run-events.ts';
import { createBlobStore } from '../../../shared/store/blob-store.ts';
import type { Run, TimelineEntry } from '../../../shared/store/documents.ts';
import { runId } from '../../../shared/template/convert.ts';
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
    assert.deepEqual(got(), all, 'nothing is sent again');
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

  test('a run that is distributed again tells what is new, and its other end', async () => {
    await begin();
    await context.store.timeline.append(REF, ID, TIMELINE.slice(0, 2));
    await context.store.runs.update(REF, ID, () => run({ state: 'PartiallySucceeded', endTime: at(50) }));
    await deliverAll(context);
    const before = got().length;
    await context.store.outbox.addRun(REF, ID, at(60));
    await context.store.runs.update(REF, ID, () => run({ state: 'Running', attempt: 1 }));
    await deliverAll(context);
    await context.store.runs.update(REF, ID, () => run({ state: 'Succeeded', attempt: 1, endTime: at(70) }));
    await deliverAll(context);
    const told = deduplicated(context.sinks[0]?.received ?? []);
    assert.deepEqual(
      told.slice(before).map(({ id, type }) => [id, type]),
      [[`${ID}/1/Succeeded`, 'io.kiln.run.succeeded']],
    );
    assert.deepEqual(await context.store.outbox.list(), []);
  });

  test('many deliverers at once keep the order of what a consumer sees first', async () => {
    await begin();
    for (const entry of TIMELINE) {
      await context.store.timeline.append(REF, ID, [entry]);
      await Promise.all([1, 2, 3].map(() => deliverAll(context)));
    }
    await end();
    await Promise.all([1, 2, 3].map(() => deliverAll(context)));
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
