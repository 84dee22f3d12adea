import type { ContainerClient } from '@azure/storage-blob';
import { inParallel } from '../parallel.ts';
import type { Store } from '../ports/store.ts';
import { listBlobs } from './blob-listing.ts';
import { getDocument, putDocument } from './json-blobs.ts';
import { WATCHED_IMAGES, watchedImageKey, watchedImageKeyAt } from './keys.ts';

export function blobWatchedImages(container: ContainerClient): Store['watchedImages'] {
  return {
    get: async (runId) => (await getDocument(container, watchedImageKey({ runId })))?.value,
    async put(image) {
      await putDocument(container, watchedImageKey(image), image);
    },
    async list() {
      const blobs = await listBlobs(container, WATCHED_IMAGES);
      const found = await inParallel(blobs, ({ name }) => getDocument(container, watchedImageKeyAt(name)));
      return found.flatMap((one) => one?.value ?? []);
    },
    async remove(runId) {
      await container.getBlobClient(watchedImageKey({ runId }).name).deleteIfExists();
    },
  };
}
