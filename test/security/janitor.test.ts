// Whoever may write tags deletes nothing by them: the janitor removes what Kiln has written down, and tells of the rest.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { ContainerClient } from '@azure/storage-blob';
import { runJanitor } from '../../functions/timer/janitor.ts';
import { JANITOR } from '../../shared/model/principal.ts';
import { createAzure } from '../../shared/azure/index.ts';
import { runTags } from '../../shared/model/tags.ts';
import type { JanitorContext } from '../../shared/janitor/finding.ts';
import { createBlobStore } from '../../shared/store/blob-store.ts';
import { runId } from '../../shared/model/convert.ts';
import type { RunId } from '../../shared/model/template.ts';
import {
  cloudFixture,
  type CloudFixture,
  LOCATION,
  type RunningCloud,
  tokenFor,
  until,
} from '../local/azure/support.ts';
import { ANYBODY } from '../support/anybody.ts';
import { FakeEngine } from '../support/api.ts';
import { assertEvent } from '../support/events.ts';

const APP = 'kiln-test';
const HOUR = 3_600_000;
const PAST = new Date(Date.now() - HOUR).toISOString();

describe('a resource group with the tags of Kiln', () => {
  let fixture: CloudFixture;
  let cloud: RunningCloud;
  let token: string;
  let context: JanitorContext;
  let containers = 0;
  let lines: string[];

  before(async () => {
    fixture = await cloudFixture();
    cloud = await fixture.start({});
    token = await tokenFor(cloud.url, 'https://management.azure.com');
  });
  after(() => fixture[Symbol.asyncDispose]());
  beforeEach(async () => {
    containers += 1;
    lines = [];
    const container = new ContainerClient(fixture.connectionString, `ledger${containers}`);
    await container.create();
    const credential = { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + HOUR }) };
    context = {
      ...ANYBODY,
      actor: JANITOR,
      appName: APP,
      store: createBlobStore(container),
      engine: new FakeEngine(),
      urls: { allow: [] },
      now: () => new Date(),
      newId: () => crypto.randomUUID(),
      azure: (subscriptionId) => createAzure({ endpoint: cloud.url, credential, subscriptionId }),
    };
    await context.store.subscriptions.note(cloud.subscriptionId);
  });

  const refOf = (name: string) => ({ subscriptionId: cloud.subscriptionId, resourceGroup: 'images', name });
  const note = (line: string): void => void lines.push(line);
  const round = () => runJanitor(context, { info: note, warn: note });
  const isThere = async (group: string) =>
    (await cloud.call('GET', `/resourcegroups/${group}`)).status === 200;

  async function plant(name: string, id: RunId, template = 'web'): Promise<void> {
    const tags = runTags(APP, { ref: refOf(template), runId: id, revision: 1 }, PAST);
    const made = await cloud.call('PUT', `/resourcegroups/${name}`, { location: LOCATION, tags });
    assert.equal(made.status, 201);
  }

  const enter = (id: RunId, stagingGroup: string, expires = PAST): Promise<void> =>
    context.store.ledger.open({
      schema: 1,
      ref: refOf('web'),
      runId: id,
      stagingGroup,
      ownsGroup: true,
      resources: [],
      expires,
    });

  async function events(): Promise<string[]> {
    const entries = await context.store.outbox.list();
    const told = entries.flatMap(({ value }) => (value.kind === 'events' ? value.events : []));
    told.forEach(assertEvent);
    return told.map(
      ({ type, subject = '' }) => `${type.replace('io.kiln.janitor.', '')} ${subject.split('/').at(-1)}`,
    );
  }

  test('of a run that Kiln knows nothing of stays, and is told, once as an event', async () => {
    await plant('prod-web', runId('deadbeef-0000-4000-8000-000000000001'), 'such');
    await round();
    await round();
    assert.equal(await isThere('prod-web'), true);
    assert.deepEqual(await events(), ['unknown prod-web']);
    assert.match(lines[0] ?? '', /prod-web left alone, because it has the tags of run deadbeef/);
  });

  test('stays when its tags are copied from a group that Kiln has made', async () => {
    const id = runId(crypto.randomUUID());
    await enter(id, 'IT_images_web_1');
    await plant('IT_images_web_1', id);
    await plant('prod-db', id);
    await round();
    await until(async () => ((await isThere('IT_images_web_1')) ? undefined : true));
    assert.equal(await isThere('prod-db'), true);
    const told = (await events()).filter((event) => !event.endsWith(' prod-web'));
    assert.deepEqual(told.toSorted(), ['removed IT_images_web_1', 'unknown prod-db']);
    const hours = await context.store.audit.hours(PAST, new Date().toISOString());
    const removals = (await Promise.all(hours.map((hour) => context.store.audit.read(hour)))).flat();
    const [removal] = removals.filter(({ action }) => action === 'janitor.remove');
    assert.deepEqual([removal?.by, removal?.runId], [{ kind: 'timer', id: 'janitor', via: 'timer' }, id]);
  });

  test('stays until the time that the ledger gives it, though its tag says that it is over', async () => {
    const id = runId(crypto.randomUUID());
    await enter(id, 'IT_young', new Date(Date.now() + HOUR).toISOString());
    await plant('IT_young', id);
    await round();
    assert.equal(await isThere('IT_young'), true);
  });

  test('stays when the tag names another template than the one whose run it is', async () => {
    const id = runId(crypto.randomUUID());
    await enter(id, 'IT_other');
    await plant('IT_other', id, 'another');
    await round();
    assert.equal(await isThere('IT_other'), true);
  });

  test('goes when the run has ended before there was a ledger: its own document tells of the group', async () => {
    const id = runId(crypto.randomUUID());
    const [ref, run] = [refOf('web'), { id, revision: 1, reason: 'request', outputs: [] }];
    const times = { startTime: PAST, endTime: PAST, message: '', state: 'Failed' } as const;
    await context.store.runs.create({ schema: 1, ref, ...run, ...times, stagingGroup: 'IT_older' });
    await plant('IT_older', id);
    await plant('IT_older_2', id);
    await round();
    await until(async () => ((await isThere('IT_older')) ? undefined : true));
    assert.equal(await isThere('IT_older_2'), true);
  });

  test('an entry is forgotten a month after, when nothing of its run is left', async () => {
    const ids = [runId(crypto.randomUUID()), runId(crypto.randomUUID())] as const;
    await enter(ids[0], 'IT_gone');
    await enter(ids[1], 'IT_still', '2999-01-01T00:00:00.000Z');
    await plant('IT_still', ids[1]);
    const known = () => Promise.all(ids.map((id) => context.store.ledger.get(cloud.subscriptionId, id)));
    await round();
    assert.deepEqual(
      (await known()).map((entry) => entry !== undefined),
      [true, true],
    );
    context = { ...context, now: () => new Date(Date.now() + 31 * 24 * HOUR) };
    await round();
    assert.deepEqual(
      (await known()).map((entry) => entry !== undefined),
      [false, true],
    );
  });
});
