import type { ContainerClient } from '@azure/storage-blob';
import { inParallel } from '../parallel.ts';
import { listBlobs } from './blob-listing.ts';
import { seenDocument } from './documents.convert.ts';
import { getDocument, putDocument, updateDocument } from './json-blobs.ts';
import { type Line, lineKey, LINES, buildRequestKey, SLOTS } from './keys.ts';
import type { Store } from '../ports/store.ts';

export function blobBuildRequests(container: ContainerClient): Store['buildRequests'] {
  return {
    get: async (id) => (await getDocument(container, buildRequestKey(id)))?.value,
    create: async (request) => {
      await putDocument(container, buildRequestKey(request.id), request, 'absent');
    },
    update: (id, change) => updateDocument(container, buildRequestKey(id), change),
  };
}

export function blobLines(container: ContainerClient): Store['lines'] {
  return {
    note: async (ref) => {
      await putDocument(container, lineKey(ref), { schema: 1, ref });
    },
    async list() {
      const blobs = await listBlobs(container, LINES);
      const found = await inParallel(blobs, ({ name }) => getDocument<Line>(container, { name }));
      return found.flatMap((line) => line?.value.ref ?? []);
    },
    forget: async (ref) => {
      await container.getBlobClient(lineKey(ref).name).deleteIfExists();
    },
  };
}

export function blobSlots(container: ContainerClient): Store['slots'] {
  return {
    get: () => getDocument(container, SLOTS),
    recall: (maxAge) => seenDocument(container, SLOTS, maxAge),
    put: async (slots, condition) => {
      await putDocument(container, SLOTS, slots, condition);
    },
  };
}
