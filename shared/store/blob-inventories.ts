import type { ContainerClient } from '@azure/storage-blob';
import type { StoredInventory } from '../model/documents/inventory.ts';
import type { TemplateRef } from '../model/template.ts';
import type { Store } from '../ports/store.ts';
import { KilnError } from '../errors/failure.ts';
import { blobPackageIndex } from './blob-package-index.ts';
import { getDocument, putDocument, updateDocument } from './json-blobs.ts';
import { checkpointKey, inventoryKey, type Key, trendKey } from './keys.ts';

/** Inventories of builds under way in one process: at most 4 MB each, some 200 KB as a rule. */
const KEPT = 8;

/** What is known of images when their machines are gone. */
export function blobInventories(
  container: ContainerClient,
): Pick<Store, 'inventories' | 'packageIndex' | 'trends' | 'checkpoints'> {
  // Of a run there is one, and the end of its build asks for what has just been written.
  const written = new Map<string, StoredInventory>();
  return {
    inventories: {
      async get(ref, id) {
        const key = inventoryKey(ref, id);
        return written.get(key.name) ?? (await getDocument(container, key))?.value;
      },
      async put(ref, id, inventory) {
        const key = inventoryKey(ref, id);
        await putDocument(container, key, inventory);
        written.set(key.name, inventory);
        const [oldest] = written.keys();
        if (written.size > KEPT && oldest !== undefined) written.delete(oldest);
      },
    },
    packageIndex: blobPackageIndex(container),
    trends: bookOf(container, trendKey, { schema: 1, runs: [] }),
    checkpoints: bookOf(container, checkpointKey, { schema: 1, checkpoints: [] }),
  };
}

type Book<T> = {
  get(ref: TemplateRef): Promise<T | undefined>;
  update(ref: TemplateRef, change: (book: T) => T): Promise<T>;
};

/** A document that a template has one of, and that is there from its first change on. */
function bookOf<T extends { readonly schema: 1 }>(
  container: ContainerClient,
  keyOf: (ref: TemplateRef) => Key<T>,
  empty: T,
): Book<T> {
  return {
    get: async (ref) => (await getDocument(container, keyOf(ref)))?.value,
    async update(ref, change) {
      const key = keyOf(ref);
      try {
        return await updateDocument(container, key, change);
      } catch (error) {
        if (!(error instanceof KilnError) || error.failure.code !== 'ResourceNotFound') throw error;
        const first = change(empty);
        await putDocument(container, key, first, 'absent');
        return first;
      }
    },
  };
}
