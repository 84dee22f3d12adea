import type { ContainerClient } from '@azure/storage-blob';
import { inParallel } from '../parallel.ts';
import { listBlobs, listFolders } from './blob-listing.ts';
import { inContainer } from './container.ts';
import type { DeferredCleanup } from '../model/documents/documents.ts';
import { getDocument, putDocument } from './json-blobs.ts';
import {
  deferredFolder,
  deferredKey,
  type Key,
  type Purged,
  rewindsKey,
  SUBSCRIPTIONS,
  TEMPLATES,
} from './keys.ts';
import { storageFailure } from './storage-error.ts';
import type { Store } from '../ports/store.ts';

/** Empty blobs: their names are all there is to know. */
export function blobSubscriptions(container: ContainerClient): Store['subscriptions'] {
  // Nobody takes a note away.
  const known = new Set<string>();
  return {
    async note(subscriptionId) {
      const name = `${SUBSCRIPTIONS}${subscriptionId.toLowerCase()}`;
      if (known.has(name)) return;
      try {
        await inContainer(container, () => container.getBlockBlobClient(name).upload('', 0));
        known.add(name);
      } catch (error) {
        throw storageFailure(error, name);
      }
    },
    async list() {
      const [noted, withTemplates] = await Promise.all([
        listBlobs(container, SUBSCRIPTIONS),
        listFolders(container, TEMPLATES),
      ]);
      const ids = [
        ...noted.map(({ name }) => name.slice(SUBSCRIPTIONS.length)),
        ...withTemplates.map((folder) => folder.slice(TEMPLATES.length, -1)),
      ];
      return [...new Set(ids)];
    },
  };
}

export function blobRewinds(container: ContainerClient): Store['rewinds'] {
  return {
    get: (instanceId) => getDocument(container, rewindsKey(instanceId)),
    async put(instanceId, rewinds, condition) {
      await putDocument(container, rewindsKey(instanceId), rewinds, condition);
    },
  };
}

export function blobMark(container: ContainerClient, key: Key<Purged>): Store['purges'] {
  return {
    get: async () => (await getDocument(container, key))?.value.until,
    async put(until) {
      await putDocument(container, key, { schema: 1, until });
    },
  };
}

export function blobDeferred(container: ContainerClient): Store['deferred'] {
  return {
    async add(cleanup) {
      await putDocument(container, deferredKey(cleanup), cleanup);
    },
    async list(subscriptionId) {
      const blobs = await listBlobs(container, deferredFolder(subscriptionId));
      const found = await inParallel(blobs, ({ name }) => getDocument<DeferredCleanup>(container, { name }));
      return found.flatMap((one) => one?.value ?? []);
    },
    async remove(cleanup) {
      await container.getBlobClient(deferredKey(cleanup).name).deleteIfExists();
    },
  };
}
