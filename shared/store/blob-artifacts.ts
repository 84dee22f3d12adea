import { createHash } from 'node:crypto';
import type { ContainerClient } from '@azure/storage-blob';
import { sha256 } from '../template/convert.ts';
import { inContainer } from './container.ts';
import { artifactKey } from './keys.ts';
import type { Signer } from './sas.ts';
import { isAbsent, lostRace, storageFailure } from './storage-error.ts';
import type { Store } from './store.ts';

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
      }
      return hash;
    },
    has: (hash) => container.getBlobClient(artifactKey(hash)).exists(),
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
