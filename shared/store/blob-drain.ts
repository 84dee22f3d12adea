import type { ContainerClient } from '@azure/storage-blob';
import { getDocument, putDocument } from './json-blobs.ts';
import { DRAIN } from './keys.ts';
import type { Store } from '../ports/store.ts';

export function blobDrain(container: ContainerClient): Store['drain'] {
  return {
    get: async () => (await getDocument(container, DRAIN))?.value,
    put: async (drain) => {
      await putDocument(container, DRAIN, drain);
    },
    remove: async () => {
      await container.getBlobClient(DRAIN.name).deleteIfExists();
    },
  };
}
