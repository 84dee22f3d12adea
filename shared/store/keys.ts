import { createHash } from 'node:crypto';
import type { StoredInventory } from '../model/documents/inventory.ts';
import type { TrendBook } from '../model/documents/trend.ts';
import type { CheckpointBook } from '../model/documents/checkpoints.ts';
import type { AccessNote, LedgerEntry } from '../model/documents/ledger.ts';
import type { Drain } from '../model/documents/drain.ts';
import type {
  BuildRequest,
  DeferredCleanup,
  Distribution,
  Operation,
  OutboxEntry,
  ProvenanceDocument,
  Publication,
  RedistributionRequest,
  RefreshState,
  Revision,
  Rewinds,
  Run,
  Slots,
  TemplateHead,
  Timestamp,
  Trigger,
  VersionBook,
} from '../model/documents/documents.ts';
import type { ProofKind, StoredProofs } from '../model/documents/proofs.ts';
import type { DatabaseInfo, WatchedImage } from '../model/documents/vulnerabilities.ts';
import type { CloudEvent } from '../model/cloud-event.ts';
import type { RunId, TemplateRef } from '../model/template.ts';
import { templateKey } from '../model/ids.ts';
import type { RightsNote } from '../model/rights.ts';

/** Name of a blob, and by its type what document it holds. */
export type Key<T> = { readonly name: string; readonly holds?: T };

/** Blob names. Azure drops a dot at the end of a path segment, so that `a.` and `a` would be one template. */
function folder(ref: TemplateRef): string {
  const parts = templateKey(ref).split('/');
  return `templates/${parts.map((part) => part.replace(/\.$/, '%2e')).join('/')}`;
}

export const headKey = (ref: TemplateRef): Key<TemplateHead> => headKeyIn(`${folder(ref)}/`);
export const headKeyIn = (folder: string): Key<TemplateHead> => ({ name: `${folder}template.json` });
/** Marks of the heads below a folder of templates, and the one of a template's folder: `marks/<subscription>/<group>/<name>`. */
export const marksOf = (folder: string): string => `marks/${folder.slice(TEMPLATES.length)}`;
export const markOf = (folder: string): string => marksOf(folder).slice(0, -1);
export const templateFolder = (ref: TemplateRef): string => `${folder(ref)}/`;
/** The template of a folder, in the lower case of keys: enough to compare, not to show. */
export function refOfFolder(folder: string): TemplateRef {
  const [, subscriptionId = '', resourceGroup = '', name = ''] = folder
    .split('/')
    .map((part) => part.replace(/%2e$/, '.'));
  return { subscriptionId, resourceGroup, name };
}
export const revisionKey = (ref: TemplateRef, revision: number): Key<Revision> => ({
  name: `${folder(ref)}/revisions/${String(revision).padStart(4, '0')}.json`,
});
export const runsFolder = (ref: TemplateRef): string => `${folder(ref)}/runs/`;
export const runKey = (ref: TemplateRef, id: RunId): Key<Run> => ({
  name: `${runsFolder(ref)}${id}/run.json`,
});
/** Names without content that sort as the runs of a template do, the newest first: folders of runs sort by their ids. */
export const runOrderFolder = (ref: TemplateRef): string => `${folder(ref)}/run-order/`;
export const runOrderEntry = ({ id, startTime }: Pick<Run, 'id' | 'startTime'>): string =>
  `${String(LATEST - Date.parse(startTime)).padStart(13, '0')}-${id}`;
/** When the run of such an entry began. */
export const startOfEntry = (entry: string): Date => new Date(LATEST - Number(entry.slice(0, 13)));
const LATEST = 9_999_999_999_999;
export const timelineKey = (ref: TemplateRef, id: RunId): string => `${runsFolder(ref)}${id}/timeline.jsonl`;
export const logsFolder = (ref: TemplateRef, id: RunId): string => `${runsFolder(ref)}${id}/logs/`;
export const triggersFolder = (ref: TemplateRef): string => `${folder(ref)}/triggers/`;
export const triggerKeyAt = (blob: string): Key<Trigger> => ({ name: blob });
export const triggerKey = (ref: TemplateRef, name: string): Key<Trigger> =>
  triggerKeyAt(`${triggersFolder(ref)}${name.toLowerCase()}.json`);
export const publicationKey = (ref: TemplateRef, id: RunId, index: number): Key<Publication> => ({
  name: `${runsFolder(ref)}${id}/targets/${String(index).padStart(2, '0')}.json`,
});
export const distributionKey = (ref: TemplateRef, id: RunId): Key<Distribution> => ({
  name: `${runsFolder(ref)}${id}/distribution.json`,
});
export const provenanceKey = (ref: TemplateRef, id: RunId): Key<ProvenanceDocument> => ({
  name: `${runsFolder(ref)}${id}/provenance.json`,
});
export const proofsKey = (ref: TemplateRef, id: RunId, kind: ProofKind): Key<StoredProofs> => ({
  name: `${runsFolder(ref)}${id}/proofs/${kind}.json`,
});
/** Names of ecosystems have colons and blanks. */
export const advisoryInfoKey = (ecosystem: string): Key<AdvisoryFile> => ({
  name: `vulnerabilities/advisories/${encodeURIComponent(ecosystem)}/info.json`,
});
export type AdvisoryFile = DatabaseInfo & {
  readonly schema: 1;
  /** Name of the blob. */ readonly file: string;
};
export const WATCHED_IMAGES = 'vulnerabilities/images/';
export const watchedImageKeyAt = (name: string): Key<WatchedImage> => ({ name });
export const watchedImageKey = ({ runId }: Pick<WatchedImage, 'runId'>): Key<WatchedImage> =>
  watchedImageKeyAt(`${WATCHED_IMAGES}${runId}.json`);
export const inventoryKey = (ref: TemplateRef, id: RunId): Key<StoredInventory> => ({
  name: `${runsFolder(ref)}${id}/inventory.json`,
});
export const requestKey = (ref: TemplateRef, id: RunId, request: string): Key<RedistributionRequest> => ({
  name: `${runsFolder(ref)}${id}/requests/${request.toLowerCase()}.json`,
});
/** Ids of definitions begin with a slash and hold nothing that a blob name could not. */
export const versionBookKey = (definition: string): Key<VersionBook> => ({
  name: `versions${definition.toLowerCase()}.json`,
});
export const operationKey = (id: string): Key<Operation> => ({
  name: `operations/${id.toUpperCase()}.json`,
});
export const rewindsKey = (instanceId: string): Key<Rewinds> => ({
  name: `rewinds/${encodeURIComponent(instanceId)}.json`,
});
export const PURGED: Key<Purged> = { name: 'purged.json' };
export const ARTIFACTS_SWEPT: Key<Purged> = { name: 'artifacts-swept.json' };
export const RUNS_SWEPT: Key<Purged> = { name: 'runs-swept.json' };
export type Purged = { readonly schema: 1; readonly until: Timestamp };
export const artifactKey = (sha256: string): string => `artifacts/${sha256.toLowerCase()}`;
export const UPLOADS = 'uploads/';
export const uploadsFolder = (subscriptionId: string): string => `${UPLOADS}${subscriptionId.toLowerCase()}/`;
export const groupFolder = (subscriptionId: string, resourceGroup: string): string =>
  `templates/${subscriptionId.toLowerCase()}/${resourceGroup.toLowerCase()}/`;
export const subscriptionFolder = (subscriptionId: string): string =>
  `templates/${subscriptionId.toLowerCase()}/`;
export const trendKey = (ref: TemplateRef): Key<TrendBook> => ({ name: `${folder(ref)}/trends.json` });
export const checkpointKey = (ref: TemplateRef): Key<CheckpointBook> => ({
  name: `${folder(ref)}/checkpoints.json`,
});
export const refreshKey = (ref: TemplateRef): Key<RefreshState> => ({ name: `${folder(ref)}/refresh.json` });
export const buildRequestKey = (id: RunId): Key<BuildRequest> => ({ name: `requests/${id}.json` });
export const DRAIN: Key<Drain> = { name: 'drain.json' };
export const SLOTS: Key<Slots> = { name: 'slots.json' };
export const LINES = 'lines/';
export const lineKey = (ref: TemplateRef): Key<Line> => ({
  name: `${LINES}${folder(ref).slice(TEMPLATES.length)}.json`,
});
export type Line = { readonly schema: 1; readonly ref: TemplateRef };
export const AUDIT = 'audit/';
/** `audit/2026-11-29/14.jsonl` for a moment in ISO 8601, UTC: their names are in the order of time. */
export const auditHour = (at: string): string => `${AUDIT}${at.slice(0, 10)}/${at.slice(11, 13)}.jsonl`;
export const RIGHTS: Key<RightsNote> = { name: 'rights.json' };
export const ACCESS: Key<AccessNote> = { name: 'access.json' };
export const ledgerFolder = (subscriptionId: string): string => `ledger/${subscriptionId.toLowerCase()}/`;
export const ledgerKey = (subscriptionId: string, runId: string): Key<LedgerEntry> => ({
  name: `${ledgerFolder(subscriptionId)}${runId.toLowerCase()}.json`,
});
export const OUTBOX = 'outbox/';
/** Single events sort by their time and before the runs, whose ids start with a digit or a letter. */
export const outboxKey = (entry: OutboxEntry): Key<OutboxEntry> =>
  entry.kind === 'run' ? outboxRunKey(entry.runId) : outboxEventsKey(entry.events);
export const outboxEventsKey = (events: readonly CloudEvent[]): Key<OutboxEntry> => ({
  name: `${OUTBOX}${outboxEventName(events)}.json`,
});
export const outboxRunKey = (runId: string): Key<OutboxEntry> => ({ name: `${OUTBOX}${runId}.json` });
function outboxEventName([first]: readonly CloudEvent[]): string {
  const { time = '', source = '', id = '' } = first ?? {};
  const hash = createHash('sha256').update(`${source}\n${id}`).digest('hex').slice(0, 32);
  return `!${time.replaceAll(/[^0-9TZ]/g, '')}-${hash}`;
}
export const TEMPLATES = 'templates/';
export const SUBSCRIPTIONS = 'subscriptions/';
export const deferredFolder = (subscriptionId: string): string => `deferred/${subscriptionId.toLowerCase()}/`;
export const deferredKey = ({ ref, runId }: DeferredCleanup): Key<DeferredCleanup> => ({
  name: `${deferredFolder(ref.subscriptionId)}${runId}.json`,
});
