// Two deliveries of one run at the same time: what the later one could not send is not taken for sent by the earlier one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deliverAll, type DeliveryContext } from '../../../shared/messaging/deliver.ts';
import { runId } from '../../../shared/model/convert.ts';
import type { Run } from '../../../shared/model/documents/documents.ts';
import type { Store } from '../../../shared/ports/store.ts';
import { createBlobStore } from '../../../shared/store/blob-store.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';
import { MemorySink } from '../../support/events.ts';
import { REF } from '../../support/sample-templates.ts';

const ID = runId('0badcafe-0000-4000-8000-000000000001');
const AT = '2026-11-25T12:00:00.000Z';

class Gate {
  open: () => void = () => undefined;
  readonly passed = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

let azurite: Azurite;
before(async () => {
  azurite = await startAzurite();
});
after(() => azurite.stop());

test('the end of a run that could not be sent while an earlier delivery was under way goes with the next round', async () => {
  const store = createBlobStore(await azurite.container());
  const sink = new MemorySink();
  const context: DeliveryContext = {
    ...{ store, sinks: [sink], warn: () => undefined },
    now: () => new Date(Date.parse(AT) + (sink.strength === 0 ? 0 : 120_000)),
  };
  const run = { schema: 1, id: ID, ref: REF, revision: 1, reason: 'request', message: '', outputs: [] };
  await store.outbox.addRun(REF, ID, AT);
  await store.runs.create({ ...run, state: 'Running', startTime: AT } as unknown as Run);
  const [entry] = await store.outbox.list();
  assert.ok(entry);

  const [earlierIsDone, laterHasSent] = [new Gate(), new Gate()];
  let later: Promise<void> = Promise.resolve();
  const withOutbox = (outbox: Partial<Store['outbox']>): DeliveryContext => ({
    ...context,
    store: { ...store, outbox: { ...store.outbox, ...outbox } },
  });
  const startLater = async () => {
    await store.runs.update(REF, ID, (current) => ({ ...current, state: 'Succeeded', endTime: AT }));
    sink.strength = 0;
    later = deliverAll(
      withOutbox({
        list: () => Promise.resolve([entry]),
        put: async (...args) => {
          laterHasSent.open();
          await earlierIsDone.passed;
          return store.outbox.put(...args);
        },
      }),
    );
    await laterHasSent.passed;
  };
  await deliverAll(
    withOutbox({
      put: async (...args) => {
        await startLater();
        return store.outbox.put(...args);
      },
    }),
  );
  earlierIsDone.open();
  await later;
  sink.strength = Infinity;
  await deliverAll(context);
  assert.deepEqual(
    sink.received.map(({ type }) => type),
    ['io.kiln.run.queued', 'io.kiln.run.succeeded'],
  );
  assert.deepEqual(await store.outbox.list(), []);
});
