// What callers store is bounded, and goes when nothing needs it any more.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { forgetOld } from '../../shared/janitor/forget.ts';
import type { Operation } from '../../shared/model/documents/documents.ts';
import { runId, sha256 } from '../../shared/model/convert.ts';
import type { Sha256 } from '../../shared/model/template.ts';
import { type Azurite, startAzurite } from '../support/azurite.ts';
import { Api, type Issuer, startIssuer, SUBSCRIPTION, TEMPLATES } from '../support/api.ts';
import { requestsMade } from '../support/requests-made.ts';

const DAY = 24 * 3_600_000;
const ref = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name: 'web' };
const OTHER = '99999999-9999-9999-9999-999999999999';
const at = (subscription: string, hash: string) =>
  `/subscriptions/${subscription}/providers/Microsoft.VirtualMachineImages/artifacts/${hash}`;
const hashOf = (text: string): Sha256 => sha256(createHash('sha256').update(text).digest('hex'));

describe('what is kept for a while', () => {
  let azurite: Azurite;
  let issuer: Issuer;
  let api: Api;
  before(async () => {
    [azurite, issuer] = await Promise.all([startAzurite(), startIssuer()]);
  });
  after(async () => {
    issuer.stop();
    await azurite.stop();
  });
  beforeEach(async () => {
    api = await Api.start(issuer, azurite);
    await api.submitted();
  });

  async function upload(text: string, subscription = SUBSCRIPTION): Promise<Sha256> {
    const hash = hashOf(text);
    const { status, body } = await api.send('PUT', at(subscription, hash), { body: text });
    assert.equal(status, 201, JSON.stringify(body));
    return hash;
  }
  /** A revision that names the artifact. */
  async function name(hash: Sha256, number = 1): Promise<void> {
    const revision = await api.store.revisions.get(ref, 1);
    assert.ok(revision !== undefined);
    const script = { kind: 'uri', uri: `kiln-artifact://sha256/${hash}`, sha256: hash };
    const step = { type: 'Shell', name: 'one', script } as never;
    const { template } = revision;
    const properties = { ...template.properties, customize: [step] };
    await api.store.revisions.put(ref, { ...revision, number, template: { ...template, properties } });
    await api.store.templates.update(ref, (head) => ({ ...head, revision: Math.max(2, number) }));
  }
  const bytesOf = (hash: Sha256) => api.store.artifacts.get(hash);
  async function artifactsGone(): Promise<number> {
    return (await forgetOld(api.commands)).artifacts ?? 0;
  }

  test('an artifact that no revision has named for 30 days goes, an older revision counting as well', async () => {
    const [loose, named, earlier] = [await upload('loose'), await upload('named'), await upload('earlier')];
    await name(named, 2);
    await name(earlier, 1);
    api.later = 29 * DAY;
    assert.equal(await artifactsGone(), 0);
    api.later = 31 * DAY;
    assert.equal(await artifactsGone(), 1);
    assert.equal(await bytesOf(loose), undefined);
    assert.ok((await bytesOf(named)) !== undefined && (await bytesOf(earlier)) !== undefined);
    assert.deepEqual(await api.store.uploads.owners(loose), []);
  });

  test('it is looked for once a day, because all revisions are read for it', async () => {
    await upload('loose');
    api.later = 31 * DAY;
    await forgetOld(api.commands);
    const made = await requestsMade(() => forgetOld(api.commands));
    assert.equal(made.filter((one) => one.includes('/revisions/')).length, 0);
    await name(await upload('named'));
    api.later = 32.5 * DAY;
    const later = await requestsMade(() => forgetOld(api.commands));
    assert.equal(later.filter((one) => one.includes('/revisions/')).length, 2);
  });

  test('an artifact that is asked for, or uploaded again, at that moment stays', async () => {
    for (const use of [
      (hash: Sha256): Promise<unknown> => api.store.artifacts.has(hash),
      () => api.store.artifacts.put(Buffer.from('busy')),
    ]) {
      const hash = await upload('busy');
      const [aged] = await api.store.aged.list('artifacts', new Date(Date.now() + DAY));
      assert.ok(aged !== undefined);
      await use(hash);
      assert.equal(await api.store.aged.remove(aged), false);
      assert.ok((await bytesOf(hash)) !== undefined);
    }
  });

  test('an Admin deletes an artifact, but none that a revision names or another subscription has', async () => {
    const hash = await upload('script');
    await upload('script', OTHER);
    assert.equal((await api.send('DELETE', at(SUBSCRIPTION, hash), { role: 'Builder' })).status, 403);
    assert.equal((await api.send('DELETE', at(SUBSCRIPTION, hash))).status, 204);
    assert.ok((await bytesOf(hash)) !== undefined, 'the other subscription has it');
    await name(hash);
    const { status, body } = await api.send('DELETE', at(OTHER, hash));
    assert.deepEqual([status, body.error.code], [409, 'Conflict']);
    assert.match(body.error.message, new RegExp(`named by a revision of ${TEMPLATES}/web\\.`, 'i'));
    await api.store.templates.remove(ref);
    assert.equal((await api.send('DELETE', at(OTHER, hash))).status, 204);
    assert.equal(await bytesOf(hash), undefined);
    assert.equal((await api.send('DELETE', at(OTHER, hash))).status, 204);
    for (const path of [at('..%2f..', hash), at('no-guid', hash)])
      assert.equal((await api.send('PUT', path, { body: 'script' })).status, 404);
  });

  test('who is Admin of one group deletes no artifact of its subscription', async () => {
    const hash = await upload('script');
    const groups = [`/subscriptions/${SUBSCRIPTION}/resourceGroups/images`];
    const narrow = await Api.start(issuer, azurite, { restrict: { me: groups } });
    const token = await issuer.sign({ roles: ['Admin'], oid: 'me' });
    const path = at(SUBSCRIPTION, hash);
    assert.equal((await narrow.send('PUT', path, { token, body: 'script' })).status, 201);
    assert.equal((await narrow.send('DELETE', path, { token })).status, 403);
    assert.ok((await narrow.store.artifacts.get(hash)) !== undefined);
  });

  test('a subscription has so many artifacts and no more; the same bytes again are none', async () => {
    const { uploads } = api.store;
    for (const text of ['a', 'b', 'a']) assert.equal(await uploads.note(SUBSCRIPTION, hashOf(text), 2), true);
    assert.equal(await uploads.note(SUBSCRIPTION, hashOf('c'), 2), false);
    assert.equal(await uploads.note(OTHER, hashOf('c'), 2), true);
    await uploads.forget(SUBSCRIPTION, hashOf('a'));
    assert.equal(await uploads.note(SUBSCRIPTION, hashOf('c'), 2), true);
  });

  test('operations go after 7 days and requests after 30 when they are over, rewinds with the histories after 7', async () => {
    const { store } = api;
    const operation = (status: Operation['status']): Operation => ({
      ...{ schema: 1, id: crypto.randomUUID().toUpperCase(), status, templateId: `${TEMPLATES}/web` },
      startTime: new Date().toISOString(),
    });
    const [ended, live] = [operation('Succeeded'), operation('InProgress')];
    await store.operations.put(ended);
    await store.operations.put(live);
    await api.engine.start(live.id.toLowerCase(), { name: 'delete-template', input: {} as never });
    const request = (state: 'waiting' | 'started') => ({
      ...({ schema: 1, key: 'k', ref, reason: 'r', priority: 0, whenBusy: 'queue' } as const),
      ...{ id: runId(crypto.randomUUID()), acceptedAt: new Date().toISOString(), state },
    });
    const [started, waiting] = [request('started'), request('waiting')];
    await store.buildRequests.create(started);
    await store.buildRequests.create(waiting);
    await store.rewinds.put('a:b', { schema: 1, count: 1 } as never, 'absent');
    api.later = 6 * DAY;
    assert.deepEqual(await forgetOld(api.commands), {});
    api.later = 8 * DAY;
    assert.deepEqual(await forgetOld(api.commands), { operations: 1, rewinds: 1 });
    assert.ok((await store.operations.get(live.id)) !== undefined);
    assert.ok((await store.buildRequests.get(started.id)) !== undefined);
    api.later = 31 * DAY;
    assert.deepEqual(await forgetOld(api.commands), { requests: 1 });
    assert.ok((await store.buildRequests.get(waiting.id)) !== undefined);
    assert.equal(await store.rewinds.get('a:b'), undefined);
  });
});
