import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBlobStore } from '../../../shared/store/blob-store.ts';
import type { Store } from '../../../shared/ports/store.ts';
import { runId } from '../../../shared/model/convert.ts';
import { startAzurite } from '../../support/azurite.ts';
import { REF } from '../../support/sample-templates.ts';

test('recalls a timeline without reading while nobody else has written to it', async (t) => {
  const azurite = await startAzurite();
  t.after(() => azurite.stop());
  const container = await azurite.container();
  const [store, others] = [createBlobStore(container), createBlobStore(container)];
  const entry = (id: string) =>
    ({ id, at: '2026-11-29T12:00:00.000Z', phase: 'stage', event: 'note' }) as const;
  const ids = (one: Store) => one.timeline.recall(REF, recalled)?.map(({ id }) => id);
  const recalled = runId('22222222-2222-2222-2222-222222222222');
  await store.timeline.append(REF, recalled, [entry('1')]);
  await store.timeline.append(REF, recalled, [entry('2'), entry('1')]);
  assert.deepEqual(ids(store), ['1', '2']);
  await others.timeline.append(REF, recalled, [entry('3')]);
  assert.equal(ids(others), undefined, 'it has not written all of it');
  assert.deepEqual(ids(store), ['1', '2'], 'who has written it sees what there was after its last line');
  await store.timeline.append(REF, recalled, []);
  assert.deepEqual(ids(store), ['1', '2'], 'nothing was appended');
  await store.timeline.append(REF, recalled, [entry('4')]);
  assert.equal(ids(store), undefined);
  await store.timeline.append(REF, recalled, [entry('5')]);
  assert.equal(ids(store), undefined);
});
