// Thirty days of a chain of golden images, in simulated time: the real store and timers, with sources and builds that the
// test makes up.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { App } from '../../../functions/app.ts';
import { recordOutcome } from '../../../functions/activities/record/record-outcome.ts';
import type { Azure } from '../../../shared/ports/azure.ts';
import { fingerprintOf } from '../../../shared/planning/fingerprint.ts';
import { resolveSource } from '../../../shared/planning/resolve-source.ts';
import { submitTemplate } from '../../../shared/commands/submit-template.ts';
import { putTrigger } from '../../../shared/commands/triggers.ts';
import { patchTemplate } from '../../../shared/commands/patch-template.ts';
import { startRun } from '../../../shared/commands/start-run.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { createEnqueue } from '../../../shared/refresh/enqueue.ts';
import { assertNoCircle } from '../../../shared/refresh/no-circle.ts';
import type { RefreshContext } from '../../../shared/refresh/refresh-context.ts';
import { refreshAll } from '../../../shared/refresh/tick.ts';
import { accept } from '../../../shared/requests/accept.ts';
import { advance } from '../../../shared/requests/advance.ts';
import { readMessage } from '../../../shared/requests/read-message.ts';
import { createBlobStore } from '../../../shared/store/blob-store.ts';
import type { RunState } from '../../../shared/model/documents/documents.ts';
import { resourceId } from '../../../shared/model/convert.ts';
import type { TemplateRef } from '../../../shared/model/template.ts';
import { parseTemplate } from '../../../shared/template/parse.ts';
import { project } from '../../../shared/template/project.ts';
import { NEWEST } from '../../../shared/template/versions/all.ts';
import { ANYBODY } from '../../support/anybody.ts';
import { FakeEngine } from '../../support/api.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';
import { assertEvent } from '../../support/events.ts';
import { SUBSCRIPTION } from '../../support/sample-templates.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 1, 12);
const ref = (name: string): TemplateRef => ({ subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name });
const definition = (name: string) =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute/galleries/g/images/${name}`;
const platform = { type: 'PlatformImage', publisher: 'p', offer: 'o', sku: 's', version: 'latest' };
const latestOf = (name: string) => ({
  type: 'SharedImageVersion',
  imageVersionId: `${definition(name)}/versions/latest`,
});
const to = (name: string) => ({
  type: 'SharedImage',
  runOutputName: name,
  galleryImageId: definition(name),
  targetRegions: [{ name: 'westeurope' }],
});
const SCRIPT = 'https://scripts.example.com/harden.sh';

describe('golden images', () => {
  let azurite: Azurite;
  let context: RefreshContext;
  let engine: FakeEngine;
  let time: number;
  let marketplace: string;
  let versions: Map<string, number>;
  let script: string;
  let outcome: RunState;
  const log: string[] = [];

  before(async () => {
    azurite = await startAzurite();
  });
  after(() => azurite.stop());
  beforeEach(async () => {
    engine = new FakeEngine();
    time = START;
    marketplace = '12.20261101.1';
    versions = new Map();
    script = 'a'.repeat(64);
    outcome = 'Succeeded';
    log.length = 0;
    const commands = {
      store: createBlobStore(await azurite.container()),
      engine,
      ...ANYBODY,
      urls: { allow: [] },
      now: () => new Date(time),
      newId: () => crypto.randomUUID(),
    };
    const enqueue = createEnqueue(async (body, messageId) => {
      await accept(commands, readMessage({ body, messageId, properties: {} }, { allow: [] }));
    });
    context = {
      ...commands,
      azure: () => ({ sources }) as unknown as Azure,
      contentOf: () => Promise.resolve(script),
      enqueue,
    };
  });

  const image = { generation: 'V2', osType: 'Linux', architecture: 'x64', generalized: true } as const;
  const sources = {
    marketplaceVersions: () => Promise.resolve(['12.20261001.1', marketplace]),
    namesBeside: () => Promise.resolve([]),
    marketplaceNames: () => Promise.resolve([]),
    marketplaceImage: (...[, , , , version]: string[]) =>
      Promise.resolve({ version: version ?? '', ...image }),
    galleryVersion: (id: string) => {
      const name = /images\/(\w+)\/versions/.exec(id)?.[1] ?? '';
      const version = versions.get(name);
      const found = {
        id: resourceId(`${definition(name)}/versions/1.0.${version}`),
        location: 'westeurope',
        ...image,
      };
      return Promise.resolve(version === undefined ? undefined : found);
    },
  };

  async function submit(name: string, properties: object): Promise<void> {
    const parsed = parseTemplate({ location: 'westeurope', properties }, NEWEST, ref(name));
    assert.ok(parsed.ok, JSON.stringify(parsed));
    await submitTemplate(context, { ...parsed, version: NEWEST, conditions: {} });
    await settleSubmissions();
  }

  /** What the submission's orchestration does: pins scripts, accepts the template. */
  async function settleSubmissions(): Promise<void> {
    for (const head of await context.store.templates.list({ subscriptionId: SUBSCRIPTION })) {
      if (!['Creating', 'Updating'].includes(head.provisioningState)) continue;
      const revision = await context.store.revisions.get(head.ref, head.revision);
      assert.ok(revision);
      const customize = revision.template.properties.customize.map((step) =>
        step.type === 'Shell' && step.script.kind === 'uri'
          ? { ...step, script: { ...step.script, sha256: script as never } }
          : step,
      );
      const template = { ...revision.template, properties: { ...revision.template.properties, customize } };
      await context.store.revisions.put(head.ref, { ...revision, template });
      await context.store.templates.update(head.ref, (value) => ({
        ...value,
        provisioningState: 'Succeeded',
      }));
      engine.ended.add(head.operationId?.toLowerCase() ?? '');
      await advance(context, head.ref);
    }
  }

  /** Every build that is under way ends; a successful one gives its definition a new version. */
  async function settleBuilds(): Promise<void> {
    for (const { ref: template, activeRun } of await context.store.templates.list({
      subscriptionId: SUBSCRIPTION,
    })) {
      if (activeRun === undefined) continue;
      const run = await context.store.runs.get(template, activeRun);
      const revision = await context.store.revisions.get(template, run?.revision ?? 0);
      assert.ok(run && revision);
      const { source } = revision.template.properties;
      const at = { subscriptionId: SUBSCRIPTION, location: revision.template.location };
      const { description } = await resolveSource(sources as unknown as Azure['sources'], source, at);
      await context.store.runs.update(template, activeRun, (value) => ({
        ...value,
        fingerprint: fingerprintOf(revision.template, description),
      }));
      if (outcome === 'Succeeded') versions.set(template.name, (versions.get(template.name) ?? 0) + 1);
      log.push(`${day()} ${template.name}: ${run.reason}`);
      engine.ended.add(activeRun);
      const app = { store: context.store, flush: () => Promise.resolve() } as unknown as App;
      const ending = {
        run: { ref: template, runId: activeRun, revision: run.revision },
        state: outcome,
        message: '',
        endedAt: new Date(time).toISOString(),
      };
      await recordOutcome(app, ending, {
        cancel: () => Promise.resolve(),
        advance: (which) => advance(context, which),
        log: () => undefined,
        outcome: () => Promise.resolve({ done: false }),
        tell: () => Promise.resolve(),
        startRun: () => Promise.resolve(),
        wake: () => Promise.resolve(),
      });
    }
  }

  const day = () => Math.floor((time - START) / (24 * HOUR));
  async function tick(hours = 4): Promise<void> {
    time += hours * HOUR;
    await refreshAll(context);
    await settleSubmissions();
    await settleBuilds();
  }

  const decisions = async (name: string) => (await context.store.refreshes.get(ref(name)))?.decisions ?? [];

  test('thirty days of base, derived and twice derived build exactly what changed, in order, and say why', async (t) => {
    const nightly = { schedule: { cron: '0 3 * * *', timeZone: 'Europe/Berlin' } };
    // The derived ones are given first: their parents come before them all the same.
    const harden = { type: 'Shell', name: 'harden.sh', scriptUri: SCRIPT };
    await submit('leaf', {
      source: latestOf('middle'),
      customize: [],
      distribute: [to('leaf')],
      refresh: {},
    });
    await submit('middle', {
      source: latestOf('base'),
      customize: [harden],
      distribute: [to('middle')],
      refresh: {},
    });
    await submit('base', { source: platform, distribute: [to('base')], refresh: nightly });
    const seen: string[] = [];
    for (let hour = 0; hour < 30 * 24; hour += 4) {
      if (hour === 5 * 24) marketplace = '12.20261106.1';
      if (hour === 10 * 24) marketplace = '12.20261111.1';
      if (hour === 14 * 24) script = 'b'.repeat(64);
      if (hour === 20 * 24) marketplace = '12.20261121.1';
      // From day 19 to 22 the app is down: what it missed is caught up with once.
      if (hour >= 19 * 24 && hour < 22 * 24) time += 4 * HOUR;
      else await tick();
    }
    for (const line of log) {
      t.diagnostic(line);
      seen.push(line.replace(/^\d+ /, ''));
    }
    const source = (name: string, from: number) => `${name}: refresh: source 1.0.${from} → 1.0.${from + 1}`;
    assert.deepEqual(seen, [
      'base: refresh: it was never built',
      'middle: refresh: it was never built',
      'leaf: refresh: it was never built',
      'base: refresh: source 12.20261101.1 → 12.20261106.1',
      source('middle', 1),
      source('leaf', 1),
      'base: refresh: source 12.20261106.1 → 12.20261111.1',
      source('middle', 2),
      source('leaf', 2),
      'middle: refresh: harden.sh changed',
      source('leaf', 3),
      'base: refresh: source 12.20261111.1 → 12.20261121.1',
      source('middle', 3),
      source('leaf', 4),
    ]);
    const skips = (await decisions('base')).filter(({ decision }) => decision === 'skipped');
    // 30 nights; of the three when it was down one is made up for; four had something to build.
    assert.equal(skips.length, 30 - 2 - 4);
    assert.match(skips[0]?.reason ?? '', /^nothing has changed since the run of 2026-11-/);
    assert.ok(
      (await decisions('leaf')).some(({ reason }) => /its parent middle is being built first/.test(reason)),
    );
    const told = (await context.store.outbox.list()).flatMap(({ value }) =>
      value.kind === 'events' ? value.events : [],
    );
    told.forEach(assertEvent);
    const count = (type: string) => told.filter((event) => event.type === type).length;
    assert.equal(count('io.kiln.refresh.enqueued'), 14);
    assert.ok(count('io.kiln.refresh.skipped') > 100);
  });

  test('an interrupted tick that is repeated asks for the same run', async () => {
    await submit('base', { source: platform, distribute: [to('base')], refresh: {} });
    time += HOUR;
    const dying = {
      ...context,
      store: {
        ...context.store,
        refreshes: { ...context.store.refreshes, put: () => Promise.reject(new Error('killed')) },
      },
    };
    await assert.rejects(refreshAll(dying), /killed/);
    await refreshAll(context);
    await settleBuilds();
    await refreshAll(context);
    assert.equal(log.length, 1);
  });

  test('an image that is too old is built again though nothing has changed', async () => {
    await submit('base', { source: platform, distribute: [to('base')], refresh: { maximumAgeInDays: 7 } });
    for (let index = 0; index < 8 * 6 + 1; index += 1) await tick();
    assert.deepEqual(
      log.map((line) => line.replace(/^\d+ /, '')),
      ['base: refresh: it was never built', 'base: refresh: the image is 7 days old, 7 is the most'],
    );
  });

  test('after three failures in a row it is disabled and says so; a successful run by hand enables it again', async () => {
    await submit('base', { source: platform, distribute: [to('base')], refresh: {} });
    await context.store.triggers.put(
      {
        schema: 1,
        name: 'source',
        ref: ref('base'),
        kind: 'SourceImage',
        status: { code: 'Healthy', message: 'Trigger is active', time: '' },
        createdAt: '',
        changedAt: '',
      },
      'absent',
    );
    outcome = 'Failed';
    for (let index = 0; index < 8; index += 1) await tick();
    assert.equal(log.length, 3, 'no more than three attempts');
    assert.deepEqual(await refreshStatus(), ['Disabled', 3]);
    assert.equal((await context.store.triggers.get(ref('base'), 'source'))?.value.status.code, 'Disabled');

    outcome = 'Succeeded';
    await startRun(context, ref('base'), 'request');
    await settleBuilds();
    assert.deepEqual(await refreshStatus(), ['Enabled', 0]);
    marketplace = '12.20261130.1';
    await tick();
    await tick();
    assert.match(log.at(-1) ?? '', /source 12.20261101.1 → 12.20261130.1/);
    assert.equal((await context.store.triggers.get(ref('base'), 'source'))?.value.status.code, 'Healthy');
    const told = (await context.store.outbox.list()).flatMap(({ value }) =>
      value.kind === 'events' ? value.events : [],
    );
    told.forEach(assertEvent);
    for (const type of ['io.kiln.trigger.disabled', 'io.kiln.trigger.enabled'])
      assert.equal(told.filter((event) => event.type === type).length, 1, type);
  });

  test('a change of a disabled template enables it again', async () => {
    const properties = { source: platform, distribute: [to('base')], refresh: { disableAfterFailures: 1 } };
    await submit('base', properties);
    outcome = 'Failed';
    for (let index = 0; index < 4; index += 1) await tick();
    assert.deepEqual(await refreshStatus(), ['Disabled', 1]);
    await submit('base', { ...properties, vmProfile: { osDiskSizeGB: 64 } });
    assert.deepEqual(await refreshStatus(), ['Enabled', 0]);
    outcome = 'Succeeded';
    await tick();
    await tick();
    assert.equal(log.length, 2);
  });

  test('after three failures in a row a PATCH enables it again: it is built, its trigger is healthy, and both are told once', async () => {
    await submit('base', { source: platform, distribute: [to('base')], refresh: {} });
    const { trigger } = await putTrigger(context, { ref: ref('base'), name: 'source', kind: 'SourceImage' });
    outcome = 'Failed';
    for (let index = 0; index < 6; index += 1) await tick();
    assert.equal(log.length, 3, 'three attempts');
    assert.deepEqual(await refreshStatus(), ['Disabled', 3]);
    const statusOf = async () =>
      (await context.store.triggers.get(ref('base'), trigger.name))?.value.status.code;
    assert.equal(await statusOf(), 'Disabled');

    const body = { tags: { team: 'images' } };
    await patchTemplate(context, { ref: ref('base'), body, version: NEWEST, conditions: {} });
    await settleSubmissions();
    assert.deepEqual(await refreshStatus(), ['Enabled', 0]);
    outcome = 'Succeeded';
    await tick();
    await tick();
    assert.equal(log.length, 4, 'built once more, and good');
    assert.equal(await statusOf(), 'Healthy');
    const told = (await context.store.outbox.list()).flatMap(({ value }) =>
      value.kind === 'events' ? value.events : [],
    );
    for (const type of ['io.kiln.trigger.disabled', 'io.kiln.trigger.enabled'])
      assert.equal(told.filter((event) => event.type === type).length, 1, type);
  });

  async function refreshStatus(): Promise<readonly [unknown, unknown]> {
    const head = (await context.store.templates.get(ref('base')))?.value;
    assert.ok(head);
    const { refreshStatus: shown } = project(head, NEWEST)['properties'] as {
      refreshStatus: Record<string, unknown>;
    };
    return [shown['state'], shown['failures']];
  }

  test('templates that would build each other for ever are refused, and the message names the circle', async () => {
    await submit('one', { source: latestOf('two'), distribute: [to('one')], refresh: {} });
    await assertNoCircle(context.store, ref('one'));
    await submit('two', { source: latestOf('one'), distribute: [to('two')], refresh: {} });
    const failure = await assertNoCircle(context.store, ref('two')).then(
      () => undefined,
      (error: unknown) => (error instanceof KilnError ? error.failure : undefined),
    );
    assert.equal(failure?.code, 'RefreshLoop');
    assert.match(failure.message, /^two → one → two: /);
    await submit('two', {
      source: latestOf('one'),
      distribute: [to('two')],
      refresh: { onSourceUpdate: false },
    });
    await assertNoCircle(context.store, ref('two'));
  });
});
