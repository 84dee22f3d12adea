import type { ContainerClient } from '@azure/storage-blob';
import { append, readRange } from './append-blobs.ts';
import { inParallel } from '../parallel.ts';
import { listFolders } from './blob-listing.ts';
import { parseLine } from './documents.convert.ts';
import type { Run, TimelineEntry } from './documents.ts';
import type { JsonBlobs } from './json-blobs.ts';
import { runKey, runsFolder, timelineKey } from './keys.ts';
import type { Store } from './store.ts';

export function blobRuns(container: ContainerClient, documents: JsonBlobs): Store['runs'] {
  return {
    get: async (ref, id) => (await documents.get<Run>(runKey(ref, id)))?.value,
    create: async (run) => {
      await documents.put(runKey(run.ref, run.id), run, 'absent');
    },
    update: (ref, id, change) => documents.update(runKey(ref, id), change),
    async list(ref) {
      const folders = await listFolders(container, runsFolder(ref));
      const runs = await inParallel(folders, (folder) => documents.get<Run>(`${folder}run.json`));
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
        const entry = parseLine<TimelineEntry>(line);
        // An activity that ran twice wrote twice: the first is what happened.
        if (!entries.has(entry.id)) entries.set(entry.id, entry);
      }
      return [...entries.values()];
    },
  };
}
