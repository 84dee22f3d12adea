import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  AnonymousCredential,
  AppendBlobClient,
  ContainerClient,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { KilnError } from '../../../shared/errors/failure.ts';
import { createBlobStore } from '../../../shared/store/blob-store.ts';
import { createVhdBlobs } from '../../../shared/store/blob-vhds.ts';
import type { Run, TemplateHead, TimelineEntry } from '../../../shared/model/documents/documents.ts';
import type { Store } from '../../../shared/ports/store.ts';
import { runId, sha256 } from '../../../shared/model/convert.ts';
import type { TemplateRef } from '../../../shared/model/template.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';

const SUBSCRIPTION = '11111111-1111-1111-1111-111111111111';
const ref: TemplateRef = { subscriptionId: SUBSCRIPTION, resourceGroup: 'Images', name: 'Web.v1' };
const id = runId('22222222-2222-2222-2222-222222222222');

const head = (changes: Partial<TemplateHead> = {}): TemplateHead => ({
  schema: 1,
  ref,
  revision: 1,
  provisioningState: 'Creating',
  body: { location: 'westeurope' },
  bodyApiVersion: '2026-11-01',
  createdAt: '2026-01-01T00:00:00Z',
  changedAt: '2026-01-01T00:00:00Z',
  ...changes,
});

const run = (changes: Partial<Run> = {}): Run => ({
  schema: 1,
  ref,
  id,
  revision: 1,
  reason: 'test',
  state: 'Running',
  startTime: '2026-01-01T00:00:00Z',
  message: '',
  outputs: [],
  ...changes,
});

const fails = (code: string) => (error: unknown) => error instanceof KilnError && error.failure.code === code;

describe('the store in blobs', () => {
  let azurite: Azurite;
  let container: ContainerClient;
  let store: Store;

  before(async () => {
    azurite = await startAzurite();
  });
  after(() => azurite.stop());
  beforeEach(async () => {
    container = await azurite.container();
    store = createBlobStore(container);
  });

  test('finds a template under every spelling of its id and keeps the spelling it was given', async () => {
    await store.templates.put(head(), 'absent');
    const found = await store.templates.get({
      ...ref,
      resourceGroup: 'IMAGES',
      name: 'web.V1',
    });
    assert.equal(found?.value.ref.name, 'Web.v1');
    assert.equal(await store.templates.get({ ...ref, name: 'other' }), undefined);
  });

  test('keeps templates apart whose names differ in a final dot only', async () => {
    await store.templates.put(head(), 'absent');
    await store.templates.put(head({ ref: { ...ref, name: 'Web.v1.' } }), 'absent');
    assert.equal((await store.templates.get({ ...ref, name: 'web.v1.' }))?.value.ref.name, 'Web.v1.');
  });

  test('refuses a create when the document exists and a replace when the etag is old', async () => {
    const etag = await store.templates.put(head(), 'absent');
    await assert.rejects(store.templates.put(head(), 'absent'), fails('PreconditionFailed'));
    await store.templates.put(head({ revision: 2 }), { etag });
    await assert.rejects(store.templates.put(head({ revision: 3 }), { etag }), fails('PreconditionFailed'));
    assert.equal((await store.templates.get(ref))?.value.revision, 2);
  });

  test('loses no update when many change one document at the same time', async () => {
    await store.templates.put(head({ revision: 0 }), 'absent');
    const increments = Array.from({ length: 12 }, () =>
      store.templates.update(ref, (current) => ({ ...current, revision: current.revision + 1 })),
    );
    await Promise.all(increments);
    assert.equal((await store.templates.get(ref))?.value.revision, 12);
  });

  test('leaves a document alone when the change is undefined, and says when there is none', async () => {
    const etag = await store.templates.put(head(), 'absent');
    await store.templates.update(ref, () => undefined);
    assert.equal((await store.templates.get(ref))?.etag, etag);
    await assert.rejects(
      store.templates.update({ ...ref, name: 'none' }, () => undefined),
      fails('ResourceNotFound'),
    );
  });

  test('lists the templates of a group and of a subscription, and none of another', async () => {
    const elsewhere = { ...ref, resourceGroup: 'images-2' };
    const foreign = { ...ref, subscriptionId: SUBSCRIPTION.replaceAll('1', '3') };
    for (const one of [ref, { ...ref, name: 'b' }, elsewhere, foreign])
      await store.templates.put(head({ ref: one }), 'absent');
    const names = async (scope: Parameters<Store['templates']['list']>[0]) =>
      (await store.templates.list(scope)).map(({ ref }) => `${ref.resourceGroup}/${ref.name}`).sort();
    assert.deepEqual(await names({ subscriptionId: SUBSCRIPTION, resourceGroup: 'iMAGES' }), [
      'Images/Web.v1',
      'Images/b',
    ]);
    assert.deepEqual(await names({ subscriptionId: SUBSCRIPTION }), [
      'Images/Web.v1',
      'Images/b',
      'images-2/Web.v1',
    ]);
  });

  test('removes a template with everything below it, twice without harm', async () => {
    await store.templates.put(head(), 'absent');
    await store.runs.create(run());
    await store.logs.append(ref, id, 'a.log', Buffer.from('x'));
    await store.templates.put(head({ ref: { ...ref, name: 'Web.v10' } }), 'absent');
    await store.templates.remove(ref);
    await store.templates.remove(ref);
    const left: string[] = [];
    for await (const blob of container.listBlobsFlat()) left.push(blob.name);
    assert.deepEqual(left, [
      `marks/${SUBSCRIPTION}/images/web.v10`,
      `templates/${SUBSCRIPTION}/images/web.v10/template.json`,
    ]);
  });

  test('keeps the first of two revisions with one number when asked to', async () => {
    const template = { ref } as never;
    const revision = { schema: 1, number: 7, template, createdAt: '2026-01-01T00:00:00Z' } as const;
    await store.revisions.put(ref, revision, 'absent');
    await assert.rejects(store.revisions.put(ref, revision, 'absent'), fails('PreconditionFailed'));
    assert.equal((await store.revisions.get(ref, 7))?.number, 7);
    assert.equal(await store.revisions.get(ref, 8), undefined);
  });

  test('lists runs newest first', async () => {
    const other = runId('33333333-3333-3333-3333-333333333333');
    await store.runs.create(run());
    await store.runs.create(run({ id: other, startTime: '2026-02-01T00:00:00Z' }));
    assert.deepEqual(
      (await store.runs.page(ref, { limit: 10 })).runs.map((run) => run.id),
      [other, id],
    );
    await assert.rejects(store.runs.create(run()), fails('PreconditionFailed'));
  });

  test('reads a timeline in the order of writing, each entry once', async () => {
    const entry = (id: string, message: string): TimelineEntry => ({
      id,
      at: '2026-01-01T00:00:00Z',
      phase: 'stage',
      event: 'note',
      message,
    });
    assert.deepEqual(await store.timeline.read(ref, id), []);
    await store.timeline.append(ref, id, [entry('1', 'first'), entry('2', 'line\nbreak')]);
    await store.timeline.append(ref, id, []);
    await store.timeline.append(ref, id, [entry('1', 'again'), entry('3', 'last')]);
    await store.timeline.append(ref, id, []);
    assert.deepEqual(
      (await store.timeline.read(ref, id)).map((entry) => entry.message),
      ['first', 'line\nbreak', 'last'],
    );
  });

  test('gives a VM two URLs that may append and nothing else', async () => {
    const target = await store.logs.target(ref, id, '01-shell', 60);
    const output = new AppendBlobClient(target.outputUrl, new AnonymousCredential());
    await output.appendBlock('hello ', 6);
    await output.appendBlock('world', 5);
    await new AppendBlobClient(target.errorUrl, new AnonymousCredential()).appendBlock('oops', 4);
    await assert.rejects(output.download());
    await assert.rejects(output.delete());
    assert.equal(Buffer.from(await store.logs.read(ref, id, '01-shell.out', 0)).toString(), 'hello world');
    assert.equal(Buffer.from(await store.logs.read(ref, id, '01-shell.err', 0)).toString(), 'oops');
    assert.deepEqual(await store.logs.list(ref, id), [
      { name: '01-shell.err', bytes: 4 },
      { name: '01-shell.out', bytes: 11 },
    ]);
    const again = await store.logs.target(ref, id, '01-shell', 60);
    assert.equal(again.name, '01-shell');
    assert.equal(Buffer.from(await store.logs.read(ref, id, '01-shell.out', 6, 3)).toString(), 'wor');
  });

  test('bytes are filled in once at their place, and what batches write is in no list', async () => {
    const fill = (at: number, text: string) =>
      store.logs.place(ref, id, '01-a.out', { at, bytes: Buffer.from(text) });
    await fill(0, 'hello');
    await fill(0, 'hello world');
    assert.equal(Buffer.from(await store.logs.read(ref, id, '01-a.out', 0)).toString(), 'hello world');
    await assert.rejects(fill(20, 'x'), /has become shorter/);
    await store.logs.append(ref, id, 'batch-000.out', Buffer.from('x'));
    assert.deepEqual(await store.logs.list(ref, id), [{ name: '01-a.out', bytes: 11 }]);
  });

  test('reads nothing from a log that is absent or has not grown', async () => {
    await store.logs.append(ref, id, 'a', Buffer.from('four'));
    assert.equal((await store.logs.read(ref, id, 'a', 4)).length, 0);
    assert.equal((await store.logs.read(ref, id, 'a', 400)).length, 0);
    assert.equal((await store.logs.read(ref, id, 'b', 0)).length, 0);
    await assert.rejects(async () => store.logs.read(ref, id, '../run.json', 0), fails('ResourceNotFound'));
  });

  test('keeps the same bytes once and hands them out by a URL that only reads', async () => {
    const bytes = Buffer.from('#!/bin/sh\n');
    const hash = await store.artifacts.put(bytes);
    assert.equal(await store.artifacts.put(bytes), hash);
    assert.equal(await store.artifacts.has(hash), true);
    assert.deepEqual(Buffer.from((await store.artifacts.get(hash)) ?? []), bytes);
    const url = await store.artifacts.url(hash, 5);
    assert.equal(await (await fetch(url)).text(), '#!/bin/sh\n');
    assert.equal((await fetch(url, { method: 'DELETE' })).status, 403);
    const absent = sha256('0'.repeat(64));
    assert.equal(await store.artifacts.has(absent), false);
    assert.equal(await store.artifacts.get(absent), undefined);
  });

  test('finds an operation under every spelling of its id', async () => {
    const operation = {
      schema: 1,
      id: 'ABCDEF00-0000-0000-0000-000000000000',
      status: 'InProgress',
      startTime: '2026-01-01T00:00:00Z',
      templateId: '/x',
    } as const;
    await store.operations.put(operation);
    assert.deepEqual(await store.operations.get(operation.id.toLowerCase()), operation);
    await store.operations.put({ ...operation, status: 'Succeeded' });
    assert.equal((await store.operations.get(operation.id))?.status, 'Succeeded');
  });

  test('makes its container at the first write and lists nothing before', async () => {
    await container.delete();
    assert.deepEqual(await store.templates.list({ subscriptionId: SUBSCRIPTION }), []);
    assert.equal(await store.templates.get(ref), undefined);
    await store.templates.put(head(), 'absent');
    assert.equal((await store.templates.list({ subscriptionId: SUBSCRIPTION })).length, 1);
  });

  test('says which role is missing when storage refuses access', async () => {
    const stranger = new ContainerClient(
      container.url,
      new StorageSharedKeyCredential('devstoreaccount1', Buffer.from('wrong').toString('base64')),
    );
    await assert.rejects(createBlobStore(stranger).templates.get(ref), fails('AzureDenied'));
  });

  test('copies a VHD once, adopts its own copy and signs only blobs of its own account', async () => {
    const vhds = createVhdBlobs(container);
    const hash = await store.artifacts.put(Buffer.from('disk'));
    const url = vhds.location('', 'web 1.vhd', ref);
    assert.deepEqual(await vhds.look(url), { state: 'absent' });
    await vhds.startCopy(url, await store.artifacts.url(hash, 5), 'run-1');
    assert.equal((await vhds.look(url)).state, 'success');
    await vhds.startCopy(url, 'http://127.0.0.1:1/unreachable', 'run-1');
    assert.equal(await (await fetch(await vhds.readUrl(url, 5))).text(), 'disk');
    await assert.rejects(
      async () => vhds.readUrl('https://other.example/vhds/a.vhd', 5),
      fails('OperationNotAllowed'),
    );
  });

  test('shows the credential of Kiln to no other host, and writes no VHD among its own documents', async () => {
    const vhds = createVhdBlobs(container);
    const asked: (string | undefined)[] = [];
    const stranger = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const { port } = stranger.address() as AddressInfo;
    for (const url of [
      `http://127.0.0.1:${port}/golden/web.vhd`,
      `${container.url}/artifacts/${'a'.repeat(64)}`,
    ]) {
      await assert.rejects(
        vhds.startCopy(url, 'https://disk.example/?sig=x', 'run-1'),
        fails('UrlNotAllowed'),
      );
      await assert.rejects(async () => vhds.look(url), fails('UrlNotAllowed'));
    }
    assert.deepEqual(asked, []);
    stranger.close();
  });
});
