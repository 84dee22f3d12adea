import type { ContainerClient } from '@azure/storage-blob';
import { inParallel } from '../parallel.ts';
import { listBlobs, listFolders } from './blob-listing.ts';
import { inContainer } from './container.ts';
import { UPLOADS, uploadsFolder } from './keys.ts';
import { storageFailure } from './storage-error.ts';
import type { Store } from '../ports/store.ts';

/** Empty blobs: their names are all there is to know. */
export function blobUploads(container: ContainerClient): Store['uploads'] {
  return {
    async note(subscriptionId, sha256, most) {
      const folder = uploadsFolder(subscriptionId);
      const name = `${folder}${sha256}`;
      const noted = await listBlobs(container, folder);
      if (noted.some((blob) => blob.name === name)) return true;
      if (noted.length >= most) return false;
      try {
        await inContainer(container, () => container.getBlockBlobClient(name).upload('', 0));
      } catch (error) {
        throw storageFailure(error, name);
      }
      return true;
    },
    async owners(sha256) {
      const folders = await listFolders(container, UPLOADS);
      const owners = await inParallel(folders, async (folder) =>
        (await container.getBlobClient(`${folder}${sha256}`).exists())
          ? [folder.slice(UPLOADS.length, -1)]
          : [],
      );
      return owners.flat();
    },
    async forget(subscriptionId, sha256) {
      await container.getBlobClient(`${uploadsFolder(subscriptionId)}${sha256}`).deleteIfExists();
    },
  };
}
