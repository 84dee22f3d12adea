import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TemplateHead } from '../../../shared/model/documents/documents.ts';
import { runId } from '../../../shared/model/convert.ts';
import { createBlobStore } from '../../../shared/store/blob-store.ts';
import { startAzurite } from '../../support/azurite.ts';
import { requestsMade } from '../../support/requests-made.ts';
import { REF } from '../../support/sample-templates.ts';

const head: TemplateHead = {
  schema: 1,
  ref: REF,
  revision: 1,
  provisioningState: 'Succeeded',
  body: {},
  bodyApiVersion: '2026-11-01',
  createdAt: '2026-11-29T12:00:00Z',
  changedAt: '2026-11-29T12:00:00Z',
};

test('what waits in the outbox is read again only when somebody else has changed it', async (t) => {
  const azurite = await startAzurite();
  t.after(() => azurite.stop());
  const container = await azurite.container();
  const [store, others] = [createBlobStore(container), createBlobStore(container)];
  const id = runId('22222222-2222-2222-2222-222222222222');
  await store.outbox.addRun(REF, id, '2026-11-29T12:00:00Z');
  const reads = async () =>
    (await requestsMade(() => store.outbox.list())).filter((line) => line.includes(`${id}.json`)).length;
  assert.equal(await reads(), 0, 'this process wrote it');
  const [entry] = await others.outbox.list();
  assert.ok(entry);
  await others.outbox.put(entry.value, { etag: entry.etag });
  assert.deepEqual([await reads(), await reads()], [1, 0]);
});

test('who asks for one template at the same moment asks storage together, and nobody gets what was true before', async (t) => {
  const azurite = await startAzurite();
  t.after(() => azurite.stop());
  const container = await azurite.container();
  const [store, others] = [createBlobStore(container), createBlobStore(container)];
  await store.templates.put(head, 'absent');
  const ask = () => store.templates.get(REF);
  const asked = await requestsMade(() => Promise.all(Array.from({ length: 20 }, ask)));
  assert.equal(asked.filter((line) => line.includes('template.json')).length, 1);
  for (let revision = 2; revision < 6; revision += 1) {
    const early = ask();
    await others.templates.update(REF, (current) => ({ ...current, revision }));
    const late = await ask();
    assert.equal(late?.value.revision, revision, 'whoever asks after a write sees it');
    await early;
  }
});
