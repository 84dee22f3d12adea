import type { ContainerClient } from '@azure/storage-blob';
import { inParallel } from '../parallel.ts';
import type { TemplateHead } from '../model/documents/documents.ts';
import { listBlobs } from './blob-listing.ts';
import { inContainer } from './container.ts';
import { getDocument } from './json-blobs.ts';
import { headKeyIn, markOf, marksOf } from './keys.ts';
import { storageFailure } from './storage-error.ts';

/**
 * Longer than a write of a head can be under way, with its repetitions, and than clocks differ: a head that was read so long
 * after its mark is what every write has left.
 */
const SETTLED = 150_000;
/** What is remembered is read again then, whatever its mark says: older versions of Kiln write heads without marks. */
const LONGEST = 600_000;
const MOST = 5000;

type Known = { readonly mark: string; readonly readAt: number; readonly head: TemplateHead };

/**
 * Heads of templates for lists. Each head has a mark, an empty blob beside all templates, which is written before every
 * write of the head: one listing tells which heads can have changed since this process has read them.
 */
export function blobHeads(container: ContainerClient, settled = SETTLED) {
  const known = new Map<string, Known>();

  async function read(folder: string, mark: ListedMark | undefined): Promise<TemplateHead | undefined> {
    const readAt = Date.now();
    const before = known.get(folder);
    const isSame = before !== undefined && before.mark === mark?.etag && readAt - before.readAt < LONGEST;
    if (isSame && before.readAt - mark.modified.getTime() > settled) return before.head;
    const head = (await getDocument(container, headKeyIn(folder)))?.value;
    known.delete(folder);
    if (head !== undefined && mark !== undefined && known.size < MOST)
      known.set(folder, { mark: mark.etag, readAt, head });
    return head;
  }

  return {
    /** Before a head is written. */
    async mark(folder: string): Promise<void> {
      const name = markOf(folder);
      try {
        await inContainer(container, () => container.getBlockBlobClient(name).upload('', 0));
      } catch (error) {
        throw storageFailure(error, name);
      }
    },
    /** After a head is gone. */
    async forget(folder: string): Promise<void> {
      await container.getBlobClient(markOf(folder)).deleteIfExists();
    },
    /** Marks of every template below a folder of templates. */
    async marks(folder: string): Promise<ReadonlyMap<string, ListedMark>> {
      const blobs = await listBlobs(container, marksOf(folder));
      return new Map(blobs.map((blob) => [blob.name, blob]));
    },
    async readAll(
      folders: readonly string[],
      marks: ReadonlyMap<string, ListedMark>,
    ): Promise<TemplateHead[]> {
      const heads = await inParallel(folders, (folder) => read(folder, marks.get(markOf(folder))));
      return heads.flatMap((head) => head ?? []);
    },
  };
}

type ListedMark = { readonly etag: string; readonly modified: Date };
