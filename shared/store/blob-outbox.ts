import type { ContainerClient } from '@azure/storage-blob';
import { isLostRace, repeatLostRace } from '../ports/lost-race.ts';
import { KilnError } from '../errors/failure.ts';
import { inParallel } from '../parallel.ts';
import { listBlobs } from './blob-listing.ts';
import type { OutboxEntry } from '../model/documents/documents.ts';
import { seenDocument } from './documents.convert.ts';
import { getDocument, putDocument } from './json-blobs.ts';
import { OUTBOX, outboxEventsKey, outboxKey, outboxRunKey } from './keys.ts';
import { forget } from './seen.ts';
import { lostRace, storageFailure } from './storage-error.ts';
import type { RunId, TemplateRef } from '../model/template.ts';
import type { RunAgain, Store } from '../ports/store.ts';

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
    addRunAgain: (ref, runId, again) =>
      repeatLostRace(false, () => addAgain(container, { ref, runId }, again)),
    async addEvents(events, sinks = {}) {
      const [first] = events;
      if (first !== undefined) await add({ schema: 1, kind: 'events', events, createdAt: first.time, sinks });
    },
    find: (events) => getDocument(container, outboxEventsKey(events)),
    get: (runId) => getDocument(container, outboxRunKey(runId)),
    recall: (runId) => seenDocument(container, outboxRunKey(runId)),
    async list() {
      const blobs = (await listBlobs(container, OUTBOX)).slice(0, MOST);
      const found = await inParallel(blobs, async ({ name, etag }) => {
        const known = seenDocument<OutboxEntry>(container, { name });
        return known !== undefined && isSame(known.etag, etag)
          ? known
          : await getDocument<OutboxEntry>(container, { name });
      });
      return found.flatMap((entry) => entry ?? []);
    },
    put: (entry, condition) => putDocument(container, outboxKey(entry), entry, condition),
    remove: (entry, etag) => remove(container, outboxKey(entry).name, etag),
  };
}

/** Headers have an ETag in quotes, lists without. https://learn.microsoft.com/rest/api/storageservices/list-blobs */
function isSame(one: string, other: string): boolean {
  return one.replaceAll('"', '') === other.replaceAll('"', '');
}

type OfRun = { readonly ref: TemplateRef; readonly runId: RunId };

async function addAgain(
  container: ContainerClient,
  { ref, runId }: OfRun,
  { attempt, after, at: createdAt }: RunAgain,
): Promise<void> {
  const key = outboxRunKey(runId);
  const known = await getDocument(container, key);
  const fresh = { schema: 1, kind: 'run', ref, runId, createdAt, sinks: {}, after, attempt } as const;
  if (known === undefined) await putDocument(container, key, fresh, 'absent');
  // Another version of it, so that a delivery that has read the run at its end does not take it away.
  else if (known.value.kind === 'run' && known.value.attempt !== attempt)
    await putDocument(container, key, { ...known.value, attempt }, { etag: known.etag });
}

async function remove(container: ContainerClient, name: string, etag: string | undefined): Promise<void> {
  const conditions = etag === undefined ? {} : { conditions: { ifMatch: etag } };
  forget(container, name);
  try {
    await container.getBlobClient(name).deleteIfExists(conditions);
  } catch (error) {
    if (!lostRace(error)) throw storageFailure(error, name);
    const message = `${name} was changed by somebody else.`;
    throw new KilnError({ code: 'PreconditionFailed', message }, { cause: error });
  }
}
