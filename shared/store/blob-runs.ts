import type { ContainerClient } from '@azure/storage-blob';
import { append, readRange } from './append-blobs.ts';
import { inParallel } from '../parallel.ts';
import { listFolders } from './blob-listing.ts';
import { parseEntry } from './documents.convert.ts';
import type { TimelineEntry } from './documents.ts';
import { getDocument, putDocument, updateDocument } from './json-blobs.ts';
import { runKey, runKeyIn, runsFolder, timelineKey } from './keys.ts';
import type { Store } from './store.ts';

export function blobRuns(container: ContainerClient): Store['runs'] {
  return {
    get: async (ref, id) => (await getDocument(container, runKey(ref, id)))?.value,
    create: async (run) => {
      await putDocument(container, runKey(run.ref, run.id), run, 'absent');
    },
    update: (ref, id, change) => updateDocument(container, runKey(ref, id), change),
    async list(ref) {
      const folders = await listFolders(container, runsFolder(ref));
      const runs = await inParallel(folders, (folder) => getDocument(container, runKeyIn(folder)));
      return runs.flatMap((run) => run?.value ?? []).sort((a, b) => b.startTime.localeCompare(a.startTime));
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
