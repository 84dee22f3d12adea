import type { ContainerClient } from '@azure/storage-blob';
import type { Timestamp } from './documents.ts';
import { getDocument, putDocument } from './json-blobs.ts';
import { DRAIN } from './keys.ts';
import type { Store } from './store.ts';

/** While it is there, no new work begins. It is in the store, and not a setting, so that a deployment does not end it. */
export type Drain = {
  readonly schema: 1;
  readonly since: Timestamp;
  /** For people; empty: none was given. */
  readonly reason: string;
};

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
