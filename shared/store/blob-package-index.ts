import type { ContainerClient } from '@azure/storage-blob';
import {
  EMPTY_SHARD,
  fold,
  type GoneNote,
  hitsOf,
  type ImageNote,
  type IndexShard,
  SHARDS,
  shardOf,
} from '../model/documents/package-index.ts';
import { templateKey } from '../model/ids.ts';
import { inParallel } from '../parallel.ts';
import { repeatLostRace } from '../ports/lost-race.ts';
import type { PackageIndex } from '../ports/package-index.ts';
import { type ListedBlob, listBlobs } from './blob-listing.ts';
import { getDocument, putDocument } from './json-blobs.ts';
import type { Key } from './keys.ts';
import { isAbsent, lostRace, storageFailure } from './storage-error.ts';

const FOLDER = 'package-index/';
const NEW = `${FOLDER}new/`;
const GONE = `${FOLDER}gone/`;

const shardKey = (shard: number): Key<IndexShard> => ({
  name: `${FOLDER}${String(shard).padStart(2, '0')}.json`,
});
const noteKey = (runId: string): Key<ImageNote> => ({ name: `${NEW}${runId}.json` });

/** Which images have which packages: one blob to write for a build, and few to read for a question. */
export function blobPackageIndex(container: ContainerClient): PackageIndex {
  return {
    async note(note) {
      await putDocument(container, noteKey(note.image.runId), note);
    },
    async forget(gone) {
      const name = templateKey(gone.gone).replaceAll('/', '~');
      await putDocument<GoneNote>(container, { name: `${GONE}${name}.json` }, gone);
    },
    async find(name) {
      const [shard, { notes, gone }] = await Promise.all([
        getDocument(container, shardKey(shardOf(name))),
        unfolded(container),
      ]);
      return hitsOf(name, shard?.value ?? EMPTY_SHARD, notes, gone);
    },
    async fold(least) {
      const { blobs, notes, gone } = await unfolded(container);
      if (blobs.length < least) return 0;
      const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
      await inParallel(shards, (shard) => foldInto(container, shard, notes, gone), 8);
      await inParallel(blobs, (blob) => removeSame(container, blob));
      return blobs.length;
    },
  };
}

/** What came since the last fold. A note that is written anew while it is read is the newer one then, or the next time. */
async function unfolded(container: ContainerClient) {
  const blobs = [...(await listBlobs(container, NEW)), ...(await listBlobs(container, GONE))];
  const found = await inParallel(blobs, async ({ name }) => {
    const stored = await getDocument<ImageNote | GoneNote>(container, { name });
    return stored?.value;
  });
  return {
    blobs,
    notes: found.flatMap((one) => (one !== undefined && 'image' in one ? [one] : [])),
    gone: found.flatMap((one) => (one !== undefined && 'gone' in one ? [one] : [])),
  };
}

/** Two janitors may do it at once: who loses the race finds the notes still there, or folded. */
async function foldInto(
  container: ContainerClient,
  shard: number,
  notes: readonly ImageNote[],
  gone: readonly GoneNote[],
): Promise<void> {
  await repeatLostRace(false, async () => {
    const stored = await getDocument(container, shardKey(shard));
    const next = fold(stored?.value ?? EMPTY_SHARD, shard, notes, gone);
    const condition = stored === undefined ? 'absent' : { etag: stored.etag };
    await putDocument(container, shardKey(shard), next, condition);
  });
}

/** One that was written anew meanwhile stays for the next time. */
async function removeSame(container: ContainerClient, { name, etag }: ListedBlob): Promise<void> {
  try {
    await container.deleteBlob(name, { conditions: { ifMatch: `"${etag.replaceAll('"', '')}"` } });
  } catch (error) {
    if (!isAbsent(error) && !lostRace(error)) throw storageFailure(error, name);
  }
}
