import type { ContainerClient } from '@azure/storage-blob';
import { append, readRange } from './append-blobs.ts';
import { listBlobs } from './blob-listing.ts';
import { parseAuditLine } from './documents.convert.ts';
import { getDocument, putDocument } from './json-blobs.ts';
import { ACCESS, AUDIT, auditHour, type Key, RIGHTS } from './keys.ts';
import type { Note, Store } from '../ports/store.ts';

export function blobAudit(container: ContainerClient): Pick<Store, 'audit' | 'access' | 'rights'> {
  return { audit: auditIn(container), access: noteIn(container, ACCESS), rights: noteIn(container, RIGHTS) };
}

/**
 * An append blob per hour: appending is one request, and each is whole or not there, whoever writes at the same time. A blob
 * takes 50,000 of them. https://learn.microsoft.com/rest/api/storageservices/append-block
 */
function auditIn(container: ContainerClient): Store['audit'] {
  return {
    async append(entry) {
      await append(container, auditHour(entry.at), Buffer.from(`${JSON.stringify(entry)}\n`));
    },
    async hours(from, to) {
      const names = (await listBlobs(container, AUDIT)).map(({ name }) => name);
      return names.filter((name) => name >= auditHour(from) && name <= auditHour(to)).toReversed();
    },
    async read(hour) {
      const text = Buffer.from(await readRange(container, hour, 0)).toString();
      return text.split('\n').flatMap((line) => (line === '' ? [] : [parseAuditLine(line)]));
    },
  };
}

function noteIn<T extends { readonly schema: 1 }>(container: ContainerClient, key: Key<T>): Note<T> {
  return {
    get: () => getDocument(container, key),
    put: async (note, condition) => {
      await putDocument(container, key, note, condition);
    },
  };
}
