import type { ContainerClient } from '@azure/storage-blob';
import { newVersionBook } from '../distribution/version-book.ts';
import { KilnError } from '../errors/failure.ts';
import { getDocument, putDocument, updateDocument } from './json-blobs.ts';
import { distributionKey, publicationKey, requestKey, versionBookKey } from './keys.ts';
import type { Store } from './store.ts';

export function blobPublications(container: ContainerClient): Store['publications'] {
  return {
    get: async (ref, id, target) => (await getDocument(container, publicationKey(ref, id, target)))?.value,
    put: async (ref, id, target, publication) => {
      await putDocument(container, publicationKey(ref, id, target), publication);
    },
  };
}

export function blobDistributions(container: ContainerClient): Store['distributions'] {
  return {
    get: async (ref, id) => (await getDocument(container, distributionKey(ref, id)))?.value,
    put: async (ref, id, distribution) => {
      await putDocument(container, distributionKey(ref, id), distribution);
    },
  };
}

export function blobRequests(container: ContainerClient): Store['requests'] {
  return {
    get: async (ref, id, request) => (await getDocument(container, requestKey(ref, id, request)))?.value,
    put: async (ref, id, request, content) => {
      await putDocument(container, requestKey(ref, id, request), content);
    },
  };
}

export function blobVersionBooks(container: ContainerClient): Store['versionBooks'] {
  return {
    async update(definition, change) {
      const key = versionBookKey(definition);
      if ((await getDocument(container, key)) === undefined) {
        try {
          await putDocument(container, key, newVersionBook(definition), 'absent');
        } catch (error) {
          if (!(error instanceof KilnError) || error.failure.code !== 'PreconditionFailed') throw error;
        }
      }
      return updateDocument(container, key, change);
    },
  };
}
