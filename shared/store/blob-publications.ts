import type { ContainerClient } from '@azure/storage-blob';
import { newVersionBook } from '../model/documents/version-book.ts';
import { KilnError } from '../errors/failure.ts';
import { seenDocument } from './documents.convert.ts';
import type { Publication } from '../model/documents/documents.ts';
import { gathered } from './gathered.ts';
import { getDocument, putDocument, updateDocument } from './json-blobs.ts';
import {
  distributionKey,
  proofsKey,
  provenanceKey,
  publicationKey,
  requestKey,
  versionBookKey,
} from './keys.ts';
import type { Store } from '../ports/store.ts';

export function blobPublications(container: ContainerClient): Store['publications'] {
  const read = gathered(async (name) => (await getDocument<Publication>(container, { name }))?.value);
  return {
    get: (ref, id, target) => read(publicationKey(ref, id, target).name, undefined),
    recall: async (ref, id, target) => {
      const key = publicationKey(ref, id, target);
      return seenDocument(container, key) ?? (await getDocument(container, key));
    },
    put: async (ref, id, target, ...[publication, condition]) => {
      await putDocument(container, publicationKey(ref, id, target), publication, condition);
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

export function blobProvenance(container: ContainerClient): Store['provenance'] {
  return {
    get: async (ref, id) => (await getDocument(container, provenanceKey(ref, id)))?.value,
    put: async (ref, id, document) => {
      await putDocument(container, provenanceKey(ref, id), document);
    },
  };
}

export function blobProofs(container: ContainerClient): Store['proofs'] {
  return {
    get: async (ref, id, kind) => (await getDocument(container, proofsKey(ref, id, kind)))?.value,
    put: async (ref, id, kind, proofs) => {
      await putDocument(container, proofsKey(ref, id, kind), proofs);
    },
  };
}

export function blobRedistributionRequests(container: ContainerClient): Store['redistributionRequests'] {
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
        const book = change(newVersionBook(definition));
        try {
          await putDocument(container, key, book, 'absent');
          return book;
        } catch (error) {
          if (!(error instanceof KilnError) || error.failure.code !== 'PreconditionFailed') throw error;
        }
      }
      return updateDocument(container, key, change);
    },
  };
}
