import type { ContainerClient } from '@azure/storage-blob';
import { inParallel } from '../parallel.ts';
import { listBlobs } from './blob-listing.ts';
import { getDocument, putDocument, updateDocument } from './json-blobs.ts';
import { triggerKey, triggerKeyAt, triggersFolder } from './keys.ts';
import type { Store } from '../ports/store.ts';

export function blobTriggers(container: ContainerClient): Store['triggers'] {
  return {
    get: (ref, name) => getDocument(container, triggerKey(ref, name)),
    put: (trigger, condition) =>
      putDocument(container, triggerKey(trigger.ref, trigger.name), trigger, condition),
    update: (ref, name, change) => updateDocument(container, triggerKey(ref, name), change),
    async list(ref) {
      const blobs = await listBlobs(container, triggersFolder(ref));
      const found = await inParallel(blobs, ({ name }) => getDocument(container, triggerKeyAt(name)));
      return found.flatMap((trigger) => trigger?.value ?? []);
    },
    async remove(ref, name) {
      const answer = await container.getBlobClient(triggerKey(ref, name).name).deleteIfExists();
      return answer.succeeded;
    },
  };
}
