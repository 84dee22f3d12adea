import type { ContainerClient } from '@azure/storage-blob';
import { append, readRange } from './append-blobs.ts';
import { listBlobs } from './blob-listing.ts';
import { parseAuditLine } from './documents.convert.ts';
import { getDocument, putDocument } from './json-blobs.ts';
import { ACCESS, AUDIT, auditHour } from './keys.ts';
import type { Store } from '../ports/store.ts';

export function blobAudit(container: ContainerClient): Pick<Store, 'audit' | 'access'> {
  return { audit: auditIn(container), access: accessIn(container) };
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

function accessIn(container: ContainerClient): Store['access'] {
  return {
    get: () => getDocument(container, ACCESS),
    put: async (note, condition) => {
      await putDocument(container, ACCESS, note, condition);
    },
  };
}
