// Orphans planted in the local cloud, found by the janitor through the real adapters.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { ContainerClient } from '@azure/storage-blob';
import { createAzure } from '../../../shared/azure/index.ts';
import { runTags } from '../../../shared/model/tags.ts';
import type { Finding, JanitorContext } from '../../../shared/janitor/finding.ts';
import { sweep } from '../../../shared/janitor/sweep.ts';
import { createBlobStore } from '../../../shared/store/blob-store.ts';
import type { Run, TemplateHead } from '../../../shared/model/documents/documents.ts';
import { runId } from '../../../shared/model/convert.ts';
import type { RunId, TemplateRef } from '../../../shared/model/template.ts';
import {
  cloudFixture,
  type CloudFixture,
  LOCATION,
  type RunningCloud,
  tokenFor,
  until,
} from '../../local/azure/support.ts';
import { ANYBODY } from '../../support/anybody.ts';
import { FakeEngine } from '../../support/api.ts';

const APP = 'kiln-test';
const HOUR = 3_600_000;

describe('the janitor', () => {
  let fixture: CloudFixture;
  let cloud: RunningCloud;
  let context: JanitorContext;
  let engine: FakeEngine;
  let token: string;
  let containers = 0;

  before(async () => {
    fixture = await cloudFixture();
    // The first deletion of each fails: of one midway, of the other at once, as with a lock.
    const lock = { code: 'ScopeLocked', message: 'The scope cannot perform delete operation: it is locked.' };
    cloud = await fixture.start({
      profile: {
        faults: [
          { match: { method: 'DELETE', path: '*/resourcegroups/it_half*' }, failOperation: lock },
          {
            match: { method: 'DELETE', path: '*/resourcegroups/it_locked*' },
            answer: { status: 409, ...lock },
          },
        ],
      },
    });
    token = await tokenFor(cloud.url, 'https://management.azure.com');
  });
  after(() => fixture[Symbol.asyncDispose]());
  beforeEach(async () => {
    engine = new FakeEngine();
    containers += 1;
    const container = new ContainerClient(fixture.connectionString, `janitor${containers}`);
    await container.create();
    const credential = { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + HOUR }) };
    context = {
      appName: APP,
      store: createBlobStore(container),
      engine,
      ...ANYBODY,
      urls: { allow: [] },
      now: () => new Date(),
      newId: () => crypto.randomUUID(),
      azure: (subscriptionId) => createAzure({ endpoint: cloud.url, credential, subscriptionId }),
    };
    await context.store.subscriptions.note(cloud.subscriptionId);
  });

  const refOf = (name: string): TemplateRef => ({
    subscriptionId: cloud.subscriptionId,
    resourceGroup: 'images',
    name,
  });

  type Plant = { app?: string; hours?: number; tags?: Record<string, string>; id?: RunId; known?: boolean };

  /** A group as a build makes it; `hours` until its time is over. Unless `known` says otherwise it stands in the ledger. */
  async function plant(
    name: string,
    { app = APP, hours = -1, tags, id, known = true }: Plant = {},
  ): Promise<RunId> {
    const run = id ?? runId(crypto.randomUUID());
    const expires = new Date(Date.now() + hours * HOUR).toISOString();
    if (known) await note(run, name, expires);
    const own = tags ?? runTags(app, { ref: refOf('web'), runId: run, revision: 1 }, expires);
    const made = await cloud.call('PUT', `/resourcegroups/${name}`, { location: LOCATION, tags: own });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    return run;
  }

  const note = (id: RunId, stagingGroup: string, expires: string, resources?: string[]): Promise<void> =>
    context.store.ledger.open({
      schema: 1,
      ref: refOf('web'),
      runId: id,
      stagingGroup,
      ownsGroup: resources === undefined,
      resources: resources ?? [],
      expires,
    });

  async function plantRun(id: RunId, changes: Partial<Run> = {}): Promise<void> {
    await context.store.runs.create({
      schema: 1,
      id,
      ref: refOf('web'),
      revision: 1,
      reason: 'request',
      state: 'Running',
      startTime: '2026-01-01T00:00:00Z',
      message: '',
      outputs: [],
      ...changes,
    });
  }

  const isThere = async (group: string): Promise<boolean> =>
    (await cloud.call('GET', `/resourcegroups/${group}`)).status === 200;
  const gone = (group: string): Promise<true> =>
    until(async () => ((await isThere(group)) ? undefined : true));
  const about = (findings: readonly Finding[], name: string): Finding | undefined =>
    findings.find(({ subject }) => subject.endsWith(`/${name}`));

  test('a tagged group whose run is gone is removed when its time is over, and the reason is told', async () => {
    await plant('IT_orphan');
    const finding = about(await sweep(context), 'IT_orphan');
    assert.equal(finding?.action, 'removed');
    assert.match(finding.reason, /its run is gone and its time was over at /);
    await gone('IT_orphan');
  });

  describe('checkpoints of a run that is over', () => {
    /** A group that the ledger knows as the one with checkpoints of its run; `hours` until their time is over, by the ledger. */
    async function keep(name: string, hours: number): Promise<RunId> {
      const id = runId(crypto.randomUUID());
      await note(id, 'IT_done', new Date(0).toISOString());
      const expires = new Date(Date.now() + hours * HOUR).toISOString();
      await context.store.ledger.update(cloud.subscriptionId, id, (entry) => ({
        ...entry,
        cache: { group: name, expires },
      }));
      // The tag says a week all the same: the ledger alone decides.
      await plant(name, { id, hours: 7 * 24, known: false });
      return id;
    }
    const over = { state: 'Failed', endTime: '2026-01-01T01:00:00Z', cleanup: 'deferred' } as const;

    test('stay for their time, however the clean-up of their run went', async () => {
      await plantRun(await keep('kiln-checkpoints-stay', 1), over);
      const finding = about(await sweep(context), 'kiln-checkpoints-stay');
      assert.equal(finding?.action, 'kept');
      assert.match(finding.reason, /its checkpoints may stay until/);
    });

    test('go when their time is over, or newer ones have taken their place', async () => {
      await plantRun(await keep('kiln-checkpoints-old', -1), { ...over, cleanup: 'done' });
      const finding = about(await sweep(context), 'kiln-checkpoints-old');
      assert.equal(finding?.action, 'removed');
      assert.match(finding.reason, /the time of its checkpoints was over/);
      await gone('kiln-checkpoints-old');
    });

    test('go with their template', async () => {
      await keep('kiln-checkpoints-homeless', 24);
      assert.match(
        about(await sweep(context), 'kiln-checkpoints-homeless')?.reason ?? '',
        /template of its checkpoints, or the run that made them, is gone/,
      );
      await gone('kiln-checkpoints-homeless');
    });

    test('stay while their run works, and when the ledger does not know them', async () => {
      const id = await keep('kiln-checkpoints-busy', -1);
      engine.started.set(id, { name: 'build-image', input: { ref: refOf('web'), runId: id, revision: 1 } });
      await plantRun(id);
      await plant('kiln-checkpoints-claimed', { hours: -1, known: false });
      const findings = await sweep(context);
      assert.equal(about(findings, 'kiln-checkpoints-busy')?.action, 'kept');
      assert.equal(about(findings, 'kiln-checkpoints-claimed')?.action, 'unknown');
    });
  });

  test('groups that are not surely ours stay: no tags, another deployment, too young, a live run', async () => {
    await plant('IT_untagged', { tags: {} });
    await plant('IT_lookalike', { tags: { createdBy: 'kiln', 'kiln-app': APP } });
    await plant('IT_foreign', { app: 'kiln-other' });
    await plant('IT_young', { hours: 1 });
    engine.started.set(await plant('IT_live'), {
      name: 'build-image',
      input: { ref: refOf('web'), runId: runId(crypto.randomUUID()), revision: 1 },
    });
    const findings = await sweep(context);
    assert.deepEqual(
      ['IT_untagged', 'IT_lookalike', 'IT_foreign'].map((name) => about(findings, name)),
      [undefined, undefined, undefined],
    );
    assert.equal(about(findings, 'IT_young')?.action, 'kept');
    assert.equal(about(findings, 'IT_live')?.reason, 'its run is at work');
    for (const name of ['IT_untagged', 'IT_lookalike', 'IT_foreign', 'IT_young', 'IT_live'])
      assert.equal(await isThere(name), true, name);
  });

  test('a group that a run is distributed from again stays, though its own instance has ended', async () => {
    const id = await plant('IT_again');
    await plantRun(id, { stagingGroup: 'IT_again', cleanup: 'kept' });
    engine.ended.add(id);
    const redistribution = { instance: `${id}-r1`, attempt: 1, operationId: 'X' };
    engine.started.set(redistribution.instance, {
      name: 'build-image',
      input: { ref: refOf('web'), runId: id, revision: 1 },
    });
    await context.store.templates.put(
      {
        schema: 1,
        ref: refOf('web'),
        revision: 1,
        provisioningState: 'Succeeded',
        body: {},
        bodyApiVersion: '2026-11-01',
        activeRun: id,
        redistribution,
        createdAt: '2026-01-01T00:00:00Z',
        changedAt: '2026-01-01T00:00:00Z',
      },
      'absent',
    );
    assert.equal(about(await sweep(context), 'IT_again')?.reason, 'its run is at work');
  });

  test('a half-deleted group is left to Azure while it goes, and taken up again when that failed', async () => {
    await plant('IT_half');
    assert.equal(about(await sweep(context), 'IT_half')?.action, 'removed');
    const after = await sweep(context);
    assert.match(about(after, 'IT_half')?.action ?? '', /kept|removed/);
    await until(async () => {
      await sweep(context);
      return (await isThere('IT_half')) ? undefined : true;
    });
  });

  test('a clean-up that Azure had refused is done, and the run says so then', async () => {
    const id = await plant('IT_refused', { hours: 5 });
    await plantRun(id, {
      state: 'Succeeded',
      endTime: '2026-01-01T01:00:00Z',
      stagingGroup: 'IT_refused',
      cleanup: 'deferred',
    });
    await context.store.deferred.add({ schema: 1, ref: refOf('web'), runId: id, stagingGroup: 'IT_refused' });
    assert.equal(about(await sweep(context), 'IT_refused')?.action, 'removed');
    await gone('IT_refused');
    const second = await sweep(context);
    assert.equal(about(second, 'IT_refused')?.action, 'settled');
    assert.equal((await context.store.runs.get(refOf('web'), id))?.cleanup, 'done');
    const timeline = await context.store.timeline.read(refOf('web'), id);
    assert.deepEqual(
      timeline.map(({ id, event }) => [id, event]),
      [['clean up/janitor', 'succeeded']],
    );
    assert.deepEqual(await context.store.deferred.list(cloud.subscriptionId), []);
  });

  test('a group that is locked is told as failed and does not stop the others', async () => {
    await plant('IT_locked');
    await plant('IT_other');
    const findings = await sweep(context);
    assert.equal(about(findings, 'IT_locked')?.action, 'failed');
    assert.match(about(findings, 'IT_locked')?.reason ?? '', /locked/);
    assert.equal(about(findings, 'IT_other')?.action, 'removed');
    await gone('IT_other');
  });

  test("in a user's own group what our run left goes, and everything else stays", async () => {
    await cloud.call('PUT', '/resourcegroups/own', { location: LOCATION, tags: { team: 'web' } });
    const run = { ref: refOf('web'), runId: runId(crypto.randomUUID()), revision: 1 };
    const past = new Date(Date.now() - HOUR).toISOString();
    const disk = (tags: object) => ({
      location: LOCATION,
      tags,
      sku: { name: 'Standard_LRS' },
      properties: { creationData: { createOption: 'Empty' }, diskSizeGB: 4 },
    });
    const make = (name: string, tags: object) =>
      cloud.settle('PUT', `/resourceGroups/own/providers/Microsoft.Compute/disks/${name}`, disk(tags));
    const inOwn = `/subscriptions/${cloud.subscriptionId}/resourcegroups/own/providers/microsoft.compute`;
    await note(run.runId, 'own', past, [`${inOwn}/disks/left`, `${inOwn}/disks/result`]);
    const { 'kiln-expires': _expires, ...artefact } = runTags(APP, run, past);
    await make('left', runTags(APP, run, past));
    await make('result', artefact);
    await make('users', { team: 'web' });
    await make('tagged', runTags(APP, run, past));
    const findings = await sweep(context);
    assert.deepEqual(
      findings
        .filter(({ subject, action }) => subject.includes('/own/') && action === 'removed')
        .map(({ subject }) => subject.split('/').at(-1)),
      ['left'],
    );
    assert.equal(
      about(findings, 'tagged')?.action,
      'unknown',
      'whoever may write tags deletes nothing by them',
    );
    await until(async () => {
      const { body } = await cloud.call('GET', '/resourceGroups/own/resources');
      const names = (body['value'] as { name: string }[]).map(({ name }) => name).sort();
      return names.join() === 'result,tagged,users' ? true : undefined;
    });
  });

  test('an expired temporary image goes, unless it is a result of its run', async () => {
    await cloud.call('PUT', '/resourcegroups/images', { location: LOCATION });
    const id = runId(crypto.randomUUID());
    const past = new Date(Date.now() - HOUR).toISOString();
    const tags = runTags(APP, { ref: refOf('web'), runId: id, revision: 1 }, past);
    const path = (name: string) => `/resourceGroups/images/providers/Microsoft.Compute/snapshots/${name}`;
    const snapshot = { location: LOCATION, tags, properties: { creationData: { createOption: 'Copy' } } };
    await cloud.settle('PUT', '/resourceGroups/images/providers/Microsoft.Compute/disks/d', {
      location: LOCATION,
      properties: { creationData: { createOption: 'Empty' }, diskSizeGB: 4 },
    });
    const sourceResourceId = `/subscriptions/${cloud.subscriptionId}/resourceGroups/images/providers/Microsoft.Compute/disks/d`;
    for (const name of ['temporary', 'result'])
      await cloud.settle('PUT', path(name), {
        ...snapshot,
        properties: { creationData: { createOption: 'Copy', sourceResourceId } },
      });
    await plantRun(id, {
      state: 'Succeeded',
      endTime: past,
      stagingGroup: 'images',
      cleanup: 'done',
      outputs: [
        {
          name: 'r',
          type: 'ManagedImage',
          state: 'Succeeded',
          artifactId: `/subscriptions/${cloud.subscriptionId.toUpperCase()}${path('result')}`,
        },
      ],
    });
    const findings = await sweep(context);
    assert.equal(about(findings, 'temporary')?.action, 'removed');
    assert.equal(about(findings, 'result')?.reason, 'it is a result of its run');
  });

  test('a claim without an instance is started, one whose run died is freed', async () => {
    const head = (name: string, id: RunId): TemplateHead => ({
      schema: 1,
      ref: refOf(name),
      revision: 1,
      provisioningState: 'Succeeded',
      body: {},
      bodyApiVersion: '2026-11-01',
      activeRun: id,
      createdAt: '2026-01-01T00:00:00Z',
      changedAt: '2026-01-01T00:00:00Z',
    });
    const [lost, dead] = [runId(crypto.randomUUID()), runId(crypto.randomUUID())];
    await context.store.templates.put(head('claimed', lost), 'absent');
    await context.store.templates.put(head('web', dead), 'absent');
    await plantRun(dead);
    engine.ended.add(dead);
    const findings = await sweep(context);
    assert.equal(about(findings, 'claimed')?.reason, 'its run was claimed but never started');
    assert.ok(engine.started.has(lost));
    assert.equal(about(findings, 'web')?.reason, 'its run had ended without freeing it');
    assert.equal((await context.store.runs.get(refOf('web'), dead))?.state, 'Failed');
    assert.equal((await context.store.templates.get(refOf('web')))?.value.activeRun, undefined);
  });

  test('two janitors at once remove the same things and harm nothing', async () => {
    const names = Array.from({ length: 6 }, (_, index) => `IT_twice${index}`);
    for (const name of names) await plant(name);
    await plant('IT_stays', { hours: 1 });
    const rounds = await Promise.all([sweep(context), sweep(context)]);
    for (const findings of rounds)
      for (const name of names) assert.notEqual(about(findings, name)?.action, 'failed', name);
    for (const name of names) await gone(name);
    assert.equal(await isThere('IT_stays'), true);
  });
});
