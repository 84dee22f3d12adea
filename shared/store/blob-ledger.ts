import { createHash } from 'node:crypto';
import type { ContainerClient } from '@azure/storage-blob';
import { isLostRace } from '../ports/lost-race.ts';
import { KilnError } from '../errors/failure.ts';
import { listBlobs } from './blob-listing.ts';
import { getDocument, putDocument, updateDocument } from './json-blobs.ts';
import { ledgerFolder, ledgerKey } from './keys.ts';
import type { Store } from '../ports/store.ts';

export function blobLedger(container: ContainerClient): Store['ledger'] {
  return {
    async open(entry) {
      try {
        await putDocument(container, ledgerKey(entry.ref.subscriptionId, entry.runId), entry, 'absent');
      } catch (error) {
        if (!isLostRace(error)) throw error;
      }
    },
    get: async (subscriptionId, runId) =>
      (await getDocument(container, ledgerKey(subscriptionId, runId)))?.value,
    async update(subscriptionId, runId, change) {
      try {
        return await updateDocument(container, ledgerKey(subscriptionId, runId), change);
      } catch (error) {
        if (error instanceof KilnError && error.failure.code === 'ResourceNotFound') return undefined;
        throw error;
      }
    },
    async listOlder(subscriptionId, than) {
      const folder = ledgerFolder(subscriptionId);
      const blobs = await listBlobs(container, folder);
      const old = blobs.filter(({ modified }) => modified < than);
      return old.map(({ name }) => name.slice(folder.length, -'.json'.length));
    },
    remove: async (subscriptionId, runId) => {
      await container.getBlobClient(ledgerKey(subscriptionId, runId).name).deleteIfExists();
    },
    async isNews(subject) {
      const name = `unknown/${createHash('sha256').update(subject.toLowerCase()).digest('hex')}.json`;
      try {
        await putDocument(container, { name }, { schema: 1, subject }, 'absent');
        return true;
      } catch (error) {
        if (isLostRace(error)) return false;
        throw error;
      }
    },
  };
}
