import type { ContainerClient } from '@azure/storage-blob';
import { blobAged } from './blob-aged.ts';
import { blobHistory } from './blob-history.ts';
import { blobUploads } from './blob-uploads.ts';
import { blobAudit } from './blob-audit.ts';
import { blobLedger } from './blob-ledger.ts';
import { blobArtifacts } from './blob-artifacts.ts';
import { blobDrain } from './blob-drain.ts';
import { blobDeferred, blobMark, blobRewinds, blobSubscriptions } from './blob-chores.ts';
import { blobInventories } from './blob-inventories.ts';
import { blobLogs } from './blob-logs.ts';
import { blobOutbox } from './blob-outbox.ts';
import { blobBuildRequests, blobLines, blobSlots } from './blob-build-requests.ts';
import { blobRuns, blobTimeline } from './blob-runs.ts';
import { blobWatchedImages } from './blob-watched.ts';
import { blobTemplates } from './blob-templates.ts';
import { blobTriggers } from './blob-triggers.ts';
import { DocumentContainer } from './container.ts';
import type { Revision } from '../model/documents/documents.ts';
import { AT_ONCE, gathered } from './gathered.ts';
import { getDocument, putDocument } from './json-blobs.ts';
import { ARTIFACTS_SWEPT, operationKey, PURGED, refreshKey, revisionKey, RUNS_SWEPT } from './keys.ts';
import {
  blobDistributions,
  blobProofs,
  blobProvenance,
  blobPublications,
  blobRedistributionRequests,
  blobVersionBooks,
} from './blob-publications.ts';
import { createSigner } from './sas.ts';
import type { Store } from '../ports/store.ts';

/** The store in one blob container, which must exist. Throws KilnError for everything that storage refuses. */
export function createBlobStore(client: ContainerClient): Store {
  const sign = createSigner(client);
  const container = DocumentContainer.of(client);
  const readRevision = gathered((name) => getDocument<Revision>(container, { name }), AT_ONCE);
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
      get: async (ref, revision) => (await readRevision(revisionKey(ref, revision).name, undefined))?.value,
      put: async (ref, revision, condition) => {
        await putDocument(container, revisionKey(ref, revision.number), revision, condition);
      },
    },
    runs: blobRuns(container),
    ...resultsOfRuns(container),
    versionBooks: blobVersionBooks(container),
    timeline: blobTimeline(container),
    logs: blobLogs(container, sign),
    triggers: blobTriggers(container),
    operations: blobOperations(container),
    rewinds: blobRewinds(container),
    purges: blobMark(container, PURGED),
    artifactSweeps: blobMark(container, ARTIFACTS_SWEPT),
    runSweeps: blobMark(container, RUNS_SWEPT),
    history: blobHistory(container),
    aged: blobAged(container),
    uploads: blobUploads(container),
    artifacts: blobArtifacts(container, sign),
  };
}

/** What runs leave behind beside themselves. */
function resultsOfRuns(container: ContainerClient) {
  return {
    publications: blobPublications(container),
    distributions: blobDistributions(container),
    provenance: blobProvenance(container),
    proofs: blobProofs(container),
    watchedImages: blobWatchedImages(container),
    redistributionRequests: blobRedistributionRequests(container),
    ...blobInventories(container),
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
