import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { noteTrend } from '../../../shared/commands/note-trend.ts';
import { runId } from '../../../shared/model/convert.ts';
import type { Run, TimelineEntry } from '../../../shared/model/documents/documents.ts';
import { timestamp } from '../../../shared/model/time.ts';
import type { Store } from '../../../shared/ports/store.ts';
import { createBlobStore } from '../../../shared/store/blob-store.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';

let azurite: Azurite;
let store: Store;
before(async () => {
  azurite = await startAzurite();
  store = createBlobStore(await azurite.container());
});
after(() => azurite.stop());

const ref = { subscriptionId: 's', resourceGroup: 'images', name: 'web' };
const at = (second: number) => timestamp(new Date(Date.UTC(2026, 10, 29) + second * 1000));

async function build(number: number, seconds: number): Promise<Run> {
  const id = runId(`00000000-0000-4000-8000-${String(number).padStart(12, '0')}`);
  const begin = number * 1000;
  const line = (second: number, event: TimelineEntry['event']): TimelineEntry => {
    return {
      id: `customize/install/${event}`,
      at: at(begin + second),
      phase: 'customize',
      step: 'install',
      event,
    };
  };
  await store.timeline.append(ref, id, [line(0, 'started'), line(seconds, 'succeeded')]);
  const times = { startTime: at(begin), endTime: at(begin + seconds) };
  return {
    schema: 1,
    ref,
    id,
    revision: 1,
    reason: '',
    state: 'Succeeded',
    ...times,
    message: '',
    outputs: [],
  };
}

test('a step that was three times slower than in the last builds is a line of the timeline, once', async () => {
  for (let number = 0; number < 10; number++) await noteTrend(store, await build(number, 30));
  const slow = await build(10, 96);
  await noteTrend(store, slow);
  await noteTrend(store, slow);
  const lines = (await store.timeline.read(ref, slow.id)).filter(({ event }) => event === 'note');
  assert.deepEqual(
    lines.map(({ id, step, message }) => [id, step, message]),
    [
      [
        'customize/install/slow',
        'install',
        '3.2× slower than the median of its last 10: 96 s instead of 30 s.',
      ],
    ],
  );
  assert.equal((await store.trends.get(ref))?.runs.length, 11);
});

test('a run that has failed, or was distributed again, is no measure', async () => {
  const failed = await build(20, 500);
  await noteTrend(store, { ...failed, state: 'Failed' });
  await noteTrend(store, { ...failed, attempt: 1 });
  assert.equal((await store.trends.get(ref))?.runs.length, 11);
});
