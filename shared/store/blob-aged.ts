import type { ContainerClient } from '@azure/storage-blob';
import { listBlobs } from './blob-listing.ts';
import { isAbsent, lostRace, storageFailure } from './storage-error.ts';
import type { Store } from '../ports/store.ts';

export function blobAged(container: ContainerClient): Store['aged'] {
  return {
    async list(kind, before) {
      const blobs = await listBlobs(container, `${kind}/`);
      return blobs
        .filter(({ modified }) => modified < before)
        .map(({ name, etag }) => ({
          kind,
          etag,
          id: name.slice(kind.length + 1).replace(/\.json$/, ''),
          name,
        }));
    },
    async remove({ name, etag }) {
      try {
        // Lists give an ETag without its quotes.
        await container.deleteBlob(name, { conditions: { ifMatch: `"${etag.replaceAll('"', '')}"` } });
        return true;
      } catch (error) {
        if (isAbsent(error) || lostRace(error)) return false;
        throw storageFailure(error, name);
      }
    },
  };
}
