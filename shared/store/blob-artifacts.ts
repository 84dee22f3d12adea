import { createHash } from 'node:crypto';
import type { ContainerClient } from '@azure/storage-blob';
import { sha256 } from '../model/convert.ts';
import type { Sha256 } from '../model/template.ts';
import { inContainer } from './container.ts';
import { artifactKey } from './keys.ts';
import type { Signer } from './sas.ts';
import { isAbsent, lostRace, storageFailure } from './storage-error.ts';
import type { Store } from '../ports/store.ts';

/** As new as if it had been written now, for whoever removes what is old. False when it is not there. */
async function touch(container: ContainerClient, hash: Sha256): Promise<boolean> {
  try {
    await container.getBlobClient(artifactKey(hash)).setMetadata({});
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw storageFailure(error, artifactKey(hash));
  }
}

export function blobArtifacts(container: ContainerClient, sign: Signer): Store['artifacts'] {
  return {
    async put(bytes) {
      const hash = sha256(createHash('sha256').update(bytes).digest('hex'));
      const blob = container.getBlockBlobClient(artifactKey(hash));
      try {
        const conditions = { ifNoneMatch: '*' };
        await inContainer(container, () => blob.uploadData(bytes, { conditions }));
      } catch (error) {
        // The same name has the same bytes: being there already is success.
        if (!lostRace(error)) throw storageFailure(error, artifactKey(hash));
        if (!(await touch(container, hash))) return this.put(bytes);
      }
      return hash;
    },
    has: (hash) => touch(container, hash),
    remove: async (hash) => {
      await container.getBlobClient(artifactKey(hash)).deleteIfExists();
    },
    async get(hash) {
      try {
        return await container.getBlobClient(artifactKey(hash)).downloadToBuffer();
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw storageFailure(error, artifactKey(hash));
      }
    },
    url: (hash, validMinutes) => sign(container.getBlobClient(artifactKey(hash)), 'r', validMinutes),
  };
}
