import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { CommandContext } from '../../../shared/commands/context.ts';
import type { AccessPolicy } from '../../../shared/access/policy.ts';
import { QUEUE } from '../../../shared/model/principal.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { accept } from '../../../shared/requests/accept.ts';
import { advance } from '../../../shared/requests/advance.ts';
import { readMessage } from '../../../shared/requests/read-message.ts';
import { createBlobStore } from '../../../shared/store/blob-store.ts';
import type { TemplateHead } from '../../../shared/model/documents/documents.ts';
import type { Store } from '../../../shared/ports/store.ts';
import type { RunId } from '../../../shared/model/template.ts';
import { resourceGroupId, templateId } from '../../../shared/model/ids.ts';
import { ANYBODY } from '../../support/anybody.ts';
import { FakeEngine, sampleBody } from '../../support/api.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';
import { assertEvent } from '../../support/events.ts';
import { REF } from '../../support/sample-templates.ts';

const HEAD: TemplateHead = {
  schema: 1,
  ref: REF,
  revision: 1,
  provisioningState: 'Succeeded',
  body: sampleBody({ buildRequests: { parameters: ['A'] } }),
  bodyApiVersion: '2026-11-01',
  createdAt: '2026-01-01T00:00:00Z',
  changedAt: '2026-01-01T00:00:00Z',
};

/** Messages may bring templates along, into the group of the tests. */
const INLINE: AccessPolicy = {
  mode: 'open',
  rules: [
    {
      name: 'inline',
      principals: ['queue:build-requests'],
      actions: ['run', 'write'],
      scopes: [resourceGroupId(REF)],
    },
  ],
};

describe('a request', () => {
  let azurite: Azurite;
  let context: CommandContext;
  let engine: FakeEngine;
  let time: number;
  before(async () => {
    azurite = await startAzurite();
  });
  after(() => azurite.stop());
  beforeEach(async () => {
    engine = new FakeEngine();
    time = Date.UTC(2026, 10, 25, 12);
    context = {
      store: createBlobStore(await azurite.container()),
      engine,
      ...ANYBODY,
      actor: QUEUE,
      gate: { policy: INLINE, isOwnBlob: () => false },
      urls: { allow: [] },
      // Every look at the clock is a little later, as it is in life.
      now: () => new Date((time += 10)),
      newId: () => crypto.randomUUID(),
    };
    await context.store.templates.put(HEAD, 'absent');
  });

  const send = (messageId: string, rest: object = {}, using = context) => {
    const body = { templateId: templateId(REF), whenBusy: 'queue', ...rest };
    return accept(using, readMessage({ body, messageId, properties: {} }, { allow: [] }));
  };
  const builds = () => [...engine.started].filter(([, { name }]) => name === 'build-image').map(([id]) => id);
  const head = async () => (await context.store.templates.get(REF))?.value;

  /** What the end of a build does. */
  async function end(id: RunId): Promise<void> {
    engine.ended.add(id);
    await context.store.runs.update(REF, id, (run) => ({
      ...run,
      state: 'Succeeded',
      endTime: context.now().toISOString(),
    }));
    await context.store.templates.update(REF, ({ activeRun: _run, ...rest }) => rest);
    await advance(context, REF);
  }

  async function types(): Promise<string[]> {
    const entries = await context.store.outbox.list();
    const events = entries.flatMap(({ value }) => (value.kind === 'events' ? value.events : []));
    events.forEach(assertEvent);
    return events.map(({ type }) => type.replace('io.kiln.request.', '')).sort();
  }

  test('starts a run with what it says, and the same message again is the same run', async () => {
    const rest = { reason: 'CVE', correlationId: 'c', parameters: { A: 'b' }, priority: 2 };
    const { request, isDuplicate } = await send('one', rest);
    assert.deepEqual([request.state, isDuplicate], ['started', false]);
    const run = await context.store.runs.get(REF, request.id);
    assert.partialDeepStrictEqual(run, rest);
    const again = await send('one', rest);
    assert.deepEqual([again.request.id, again.isDuplicate], [request.id, true]);
    await end(request.id);
    assert.equal((await send('one', rest)).isDuplicate, true);
    assert.deepEqual(builds(), [request.id]);
  });

  test('waits while its template is building, shows its place, and is built next', async () => {
    const first = await send('one');
    const second = await send('two');
    const third = await send('three', { priority: 3 });
    assert.deepEqual([second.request.state, third.request.state], ['waiting', 'waiting']);
    assert.deepEqual(await types(), ['waiting', 'waiting']);
    await end(first.request.id);
    assert.deepEqual(builds(), [first.request.id, third.request.id]);
    await end(third.request.id);
    await end(second.request.id);
    assert.deepEqual(
      builds(),
      [first, third, second].map(({ request }) => request.id),
    );
    assert.equal((await head())?.line, undefined);
  });

  test('replaces those that wait when it coalesces, and each of them says by what', async () => {
    const coalesce = { whenBusy: 'coalesce' };
    const first = await send('one', coalesce);
    const waiting = [await send('two', coalesce), await send('three', coalesce)];
    const last = await send('four', { ...coalesce, reason: 'the newest' });
    await end(first.request.id);
    assert.deepEqual(builds(), [first.request.id, last.request.id]);
    for (const { request } of waiting) {
      const now = await context.store.buildRequests.get(request.id);
      assert.deepEqual([now?.state, now?.replacedBy], ['coalesced', last.request.id]);
    }
    assert.deepEqual(await types(), ['coalesced', 'coalesced', 'waiting', 'waiting', 'waiting']);
  });

  test('does not start before its time', async () => {
    const notBefore = new Date(time + 3_600_000).toISOString();
    const { request } = await send('one', { notBefore });
    assert.equal(request.state, 'waiting');
    await advance(context, REF);
    assert.deepEqual(builds(), []);
    time += 3_600_001;
    await advance(context, REF);
    assert.deepEqual(builds(), [request.id]);
  });

  test('for no template, or for one that was refused, is refused for good', async () => {
    const missing = { templateId: templateId({ ...REF, name: 'none' }) };
    const code = (promise: Promise<unknown>) =>
      promise.then(
        () => 'none',
        (error: unknown) => (error instanceof KilnError ? error.failure.code : String(error)),
      );
    assert.equal(await code(send('one', missing)), 'ResourceNotFound');
    await context.store.templates.update(REF, (value) => ({ ...value, provisioningState: 'Failed' }));
    assert.equal(await code(send('two')), 'TemplateNotReady');
    assert.deepEqual(builds(), []);
  });

  test('with an inline template submits it and runs when it is accepted; when it is refused, says why', async () => {
    const inline = (name: string) => ({ templateId: templateId({ ...REF, name }), template: sampleBody() });
    for (const [name, state] of [
      ['good', 'Succeeded'],
      ['bad', 'Failed'],
    ] as const) {
      const { request } = await send(name, inline(name));
      assert.equal(request.state, 'waiting');
      const ref = { ...REF, name };
      assert.equal((await context.store.templates.get(ref))?.value.provisioningState, 'Creating');
      await context.store.templates.update(ref, (value) => ({ ...value, provisioningState: state }));
      await advance(context, ref);
      const now = await context.store.buildRequests.get(request.id);
      assert.equal(now?.state, state === 'Succeeded' ? 'started' : 'rejected', name);
    }
    assert.deepEqual(await types(), ['rejected', 'waiting', 'waiting']);
    assert.equal(builds().length, 1);
  });

  /** A store that dies at one of its writes, before or after it is done. */
  function dyingAt(write: number, isDone: boolean): Store {
    let writes = 0;
    const guard = <Args extends unknown[], Answer>(
      work: (...args: Args) => Promise<Answer>,
    ): ((...args: Args) => Promise<Answer>) => {
      return async (...args) => {
        writes += 1;
        if (writes > write) throw new Error('killed');
        if (writes < write) return work(...args);
        if (isDone) await work(...args);
        throw new Error('killed');
      };
    };
    const { templates, buildRequests, runs, operations, lines, outbox, ...rest } = context.store;
    return {
      ...rest,
      templates: {
        ...templates,
        put: guard((...args) => templates.put(...args)),
        update: guard((...args) => templates.update(...args)),
      },
      buildRequests: {
        ...buildRequests,
        create: guard((...args) => buildRequests.create(...args)),
        update: guard((...args) => buildRequests.update(...args)),
      },
      runs: { ...runs, create: guard((...args) => runs.create(...args)) },
      operations: { ...operations, put: guard((...args) => operations.put(...args)) },
      lines: { ...lines, note: guard((...args) => lines.note(...args)) },
      outbox: {
        ...outbox,
        addRun: guard((...args) => outbox.addRun(...args)),
        addEvents: guard((...args) => outbox.addEvents(...args)),
      },
    };
  }

  for (const isDone of [false, true])
    test(`killed at any of its writes, ${isDone ? 'after' : 'before'} it is done, ends as one run when it comes again`, async () => {
      let deaths = 0;
      for (let write = 1; write < 30; write += 1) {
        const key = `${isDone}-${write}`;
        const using = { ...context, store: dyingAt(write, isDone) };
        const died = await send(key, {}, using).then(
          () => false,
          () => true,
        );
        deaths += died ? 1 : 0;
        const { request } = await send(key);
        assert.equal(request.state, 'started', `write ${write}`);
        assert.ok(builds().includes(request.id), `write ${write}`);
        await end(request.id);
        if (!died) break;
      }
      assert.ok(deaths >= 6, `${deaths} deaths`);
      assert.equal(builds().length, new Set(builds()).size);
      assert.equal((await head())?.line, undefined);
    });

  test('sent many times at once is one run', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => send(`m-${index % 3}`).catch(() => undefined)),
    );
    for (const key of ['m-0', 'm-1', 'm-2']) await send(key);
    assert.ok(answers.length);
    for (let round = 0; round < 5; round += 1) {
      const active = (await head())?.activeRun;
      if (active === undefined) break;
      time += 10_000;
      await end(active);
    }
    assert.equal(builds().length, 3);
  });
});
