import type { ContainerClient } from '@azure/storage-blob';
import { blobAudit } from './blob-audit.ts';
import { blobLedger } from './blob-ledger.ts';
import { blobArtifacts } from './blob-artifacts.ts';
import { blobDrain } from './blob-drain.ts';
import { blobDeferred, blobPurges, blobRewinds, blobSubscriptions } from './blob-chores.ts';
import { blobLogs } from './blob-logs.ts';
import { blobOutbox } from './blob-outbox.ts';
import { blobBuildRequests, blobLines, blobSlots } from './blob-build-requests.ts';
import { blobRuns, blobTimeline } from './blob-runs.ts';
import { blobTemplates } from './blob-templates.ts';
import { blobTriggers } from './blob-triggers.ts';
import { DocumentContainer } from './container.ts';
import { getDocument, putDocument } from './json-blobs.ts';
import { operationKey, refreshKey, revisionKey } from './keys.ts';
import { blobDistributions, blobPublications, blobRequests, blobVersionBooks } from './blob-publications.ts';
import { createSigner } from './sas.ts';
import type { Store } from './store.ts';

/** The store in one blob container, which must exist. Throws KilnError for everything that storage refuses. */
export function createBlobStore(client: ContainerClient): Store {
  const sign = createSigner(client);
  const container = DocumentContainer.of(client);
  return {
    templates: blobTemplates(container),
    subscriptions: blobSubscriptions(container),
    deferred: blobDeferred(container),
    ledger: blobLedger(container),
    ...blobAudit(container),
    outbox: blobOutbox(container),
    refreshes: blobRefreshes(container),
    buildRequests: blobBuildRequests(container),
    lines: blobLines(container),
    slots: blobSlots(container),
    drain: blobDrain(container),
    revisions: {
      get: async (ref, revision) => (await getDocument(container, revisionKey(ref, revision)))?.value,
      put: async (ref, revision, condition) => {
        await putDocument(container, revisionKey(ref, revision.number), revision, condition);
      },
    },
    runs: blobRuns(container),
    publications: blobPublications(container),
    distributions: blobDistributions(container),
    requests: blobRequests(container),
    versionBooks: blobVersionBooks(container),
    timeline: blobTimeline(container),
    logs: blobLogs(container, sign),
    triggers: blobTriggers(container),
    operations: blobOperations(container),
    rewinds: blobRewinds(container),
    purges: blobPurges(container),
    artifacts: blobArtifacts(container, sign),
  };
}

function blobRefreshes(container: ContainerClient): Store['refreshes'] {
  return {
    get: async (ref) => (await getDocument(container, refreshKey(ref)))?.value,
    put: async (state) => {
      await putDocument(container, refreshKey(state.ref), state);
    },
  };
}

function blobOperations(container: ContainerClient): Store['operations'] {
  return {
    get: async (id) => (await getDocument(container, operationKey(id)))?.value,
    async put(operation) {
      await putDocument(container, operationKey(operation.id), operation);
    },
  };
}
