import type { ContainerClient } from '@azure/storage-blob';
import { blobArtifacts } from './blob-artifacts.ts';
import { blobLogs } from './blob-logs.ts';
import { blobRuns, blobTimeline } from './blob-runs.ts';
import { blobTemplates } from './blob-templates.ts';
import type { Operation, Revision } from './documents.ts';
import { jsonBlobs } from './json-blobs.ts';
import { operationKey, revisionKey } from './keys.ts';
import { createSigner } from './sas.ts';
import type { Store } from './store.ts';

/** The store in one blob container, which must exist. Throws KilnError for everything that storage refuses. */
export function createBlobStore(container: ContainerClient): Store {
  const documents = jsonBlobs(container);
  const sign = createSigner(container);
  return {
    templates: blobTemplates(container, documents),
    revisions: {
      get: async (ref, revision) => (await documents.get<Revision>(revisionKey(ref, revision)))?.value,
      put: async (ref, revision, condition) => {
        await documents.put(revisionKey(ref, revision.number), revision, condition);
      },
    },
    runs: blobRuns(container, documents),
    timeline: blobTimeline(container),
    logs: blobLogs(container, sign),
    operations: {
      get: async (id) => (await documents.get<Operation>(operationKey(id)))?.value,
      put: async (operation) => {
        await documents.put(operationKey(operation.id), operation);
      },
    },
    artifacts: blobArtifacts(container, sign),
  };
}
