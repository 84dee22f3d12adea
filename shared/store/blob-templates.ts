import type { ContainerClient } from '@azure/storage-blob';
import { inParallel } from '../parallel.ts';
import { listBlobs, listFolders } from './blob-listing.ts';
import { getDocument, putDocument, updateDocument } from './json-blobs.ts';
import { groupFolder, headKey, headKeyIn, subscriptionFolder, templateFolder } from './keys.ts';
import type { Store } from './store.ts';

export function blobTemplates(container: ContainerClient): Store['templates'] {
  return {
    get: (ref) => getDocument(container, headKey(ref)),
    put: (head, condition) => putDocument(container, headKey(head.ref), head, condition),
    update: (ref, change) => updateDocument(container, headKey(ref), change),

    // Folders only are listed: a template's runs cost nothing here, however many there are.
    async list({ subscriptionId, resourceGroup }) {
      const groups =
        resourceGroup === undefined
          ? await listFolders(container, subscriptionFolder(subscriptionId))
          : [groupFolder(subscriptionId, resourceGroup)];
      const folders = await inParallel(groups, (group) => listFolders(container, group));
      const heads = await inParallel(folders.flat(), (folder) => getDocument(container, headKeyIn(folder)));
      return heads.flatMap((head) => head?.value ?? []);
    },

    async remove(ref) {
      await container.getBlobClient(headKey(ref).name).deleteIfExists();
      const blobs = await listBlobs(container, templateFolder(ref));
      // A head that is there again belongs to a new template of the same name.
      const old = blobs.filter(({ name }) => name !== headKey(ref).name);
      await inParallel(old, ({ name }) => container.getBlobClient(name).deleteIfExists());
    },
  };
}
