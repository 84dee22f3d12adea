import type { ContainerClient } from '@azure/storage-blob';
import { inParallel } from '../parallel.ts';
import type { Store } from '../ports/store.ts';
import { listBlobs } from './blob-listing.ts';
import { orderedRuns } from './blob-run-order.ts';
import { logsFolder, runKey, runOrderFolder, runsFolder, startOfEntry } from './keys.ts';

/** What may go before its template does. */
export function blobHistory(container: ContainerClient): Store['history'] {
  const removeAll = async (names: readonly string[]): Promise<void> => {
    await inParallel(names, (name) => container.getBlobClient(name).deleteIfExists());
  };
  const namesIn = async (folder: string): Promise<string[]> =>
    (await listBlobs(container, folder)).map(({ name }) => name);
  return {
    async startedBefore(ref, before) {
      const ordered = await orderedRuns(container, ref);
      return ordered.filter(({ entry }) => startOfEntry(entry) < before).map(({ id }) => id);
    },
    async removeLogs(ref, id) {
      const names = await namesIn(logsFolder(ref, id));
      await removeAll(names);
      return names.length > 0;
    },
    async remove(ref, id) {
      const own = runKey(ref, id).name;
      await removeAll((await namesIn(`${runsFolder(ref)}${id}/`)).filter((name) => name !== own));
      // Last, so that a removal that was cut off is found again by its run.
      await container.getBlobClient(own).deleteIfExists();
      const ordered = await orderedRuns(container, ref);
      const entries = ordered.flatMap((run) => (run.id === id ? [`${runOrderFolder(ref)}${run.entry}`] : []));
      await removeAll(entries);
    },
  };
}
