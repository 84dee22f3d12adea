import type { ContainerClient } from '@azure/storage-blob';
import { append, readRange } from './append-blobs.ts';
import { inParallel } from '../parallel.ts';
import { noteOrder, orderedRuns } from './blob-run-order.ts';
import { parseEntry } from './documents.convert.ts';
import type { TimelineEntry } from './documents.ts';
import { getDocument, putDocument, updateDocument } from './json-blobs.ts';
import { foreignToken } from './page-token.ts';
import { runKey, timelineKey } from './keys.ts';
import type { Store } from './store.ts';

const ENTRY = /^\d{13}-[0-9a-f-]{36}$/;

export function blobRuns(container: ContainerClient): Store['runs'] {
  return {
    get: async (ref, id) => (await getDocument(container, runKey(ref, id)))?.value,
    create: async (run) => {
      await noteOrder(container, run);
      await putDocument(container, runKey(run.ref, run.id), run, 'absent');
    },
    update: (ref, id, change) => updateDocument(container, runKey(ref, id), change),
    async page(ref, { limit, after = '' }) {
      if (after !== '' && !ENTRY.test(after)) throw foreignToken();
      const ordered = (await orderedRuns(container, ref)).filter(({ entry }) => entry > after);
      const wanted = ordered.slice(0, limit);
      const last = ordered.length > limit ? wanted.at(-1)?.entry : undefined;
      const runs = await inParallel(wanted, ({ id }) => getDocument(container, runKey(ref, id)));
      return { runs: runs.flatMap((run) => run?.value ?? []), ...(last !== undefined && { last }) };
    },
  };
}

export function blobTimeline(container: ContainerClient): Store['timeline'] {
  return {
    async append(ref, id, entries) {
      const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
      await append(container, timelineKey(ref, id), Buffer.from(lines));
    },
    async read(ref, id) {
      const text = Buffer.from(await readRange(container, timelineKey(ref, id), 0)).toString();
      const entries = new Map<string, TimelineEntry>();
      for (const line of text.split('\n').filter((line) => line !== '')) {
        const entry = parseEntry(line);
        // An activity that ran twice wrote twice: the first is what happened.
        if (!entries.has(entry.id)) entries.set(entry.id, entry);
      }
      return [...entries.values()];
    },
  };
}
