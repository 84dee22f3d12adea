import type { ContainerClient } from '@azure/storage-blob';
import { isLostRace } from '../commands/lost-race.ts';
import { inParallel } from '../parallel.ts';
import { listBlobs } from './blob-listing.ts';
import type { OutboxEntry } from './documents.ts';
import { getDocument, putDocument } from './json-blobs.ts';
import { OUTBOX, outboxEventsKey, outboxKey, outboxRunKey } from './keys.ts';
import type { Store } from './store.ts';

/** Entries that one round looks at; the next round takes the next ones. */
const MOST = 1000;

export function blobOutbox(container: ContainerClient): Store['outbox'] {
  const add = async (entry: OutboxEntry): Promise<void> => {
    try {
      await putDocument(container, outboxKey(entry), entry, 'absent');
    } catch (error) {
      if (!isLostRace(error)) throw error;
    }
  };
  return {
    addRun: (ref, runId, createdAt) => add({ schema: 1, kind: 'run', ref, runId, createdAt, sinks: {} }),
    async addEvents(events, sinks = {}) {
      const [first] = events;
      if (first !== undefined) await add({ schema: 1, kind: 'events', events, createdAt: first.time, sinks });
    },
    find: (events) => getDocument(container, outboxEventsKey(events)),
    get: (runId) => getDocument(container, outboxRunKey(runId)),
    async list() {
      const blobs = (await listBlobs(container, OUTBOX)).slice(0, MOST);
      const found = await inParallel(blobs, ({ name }) => getDocument<OutboxEntry>(container, { name }));
      return found.flatMap((entry) => entry ?? []);
    },
    async put(entry, condition) {
      await putDocument(container, outboxKey(entry), entry, condition);
    },
    async remove(entry) {
      await container.getBlobClient(outboxKey(entry).name).deleteIfExists();
    },
  };
}
