import type { Drain } from '../model/documents/drain.ts';
import type { RightsNote } from '../model/rights.ts';
import type { Mark, RunHistory } from './run-history.ts';
import type { ResourceId, RunId, Sha256, TemplateRef } from '../model/template.ts';
import type { CloudEvent } from '../model/cloud-event.ts';
import type { LogStores } from './log-stores.ts';
import type { ProofStores } from './proof-stores.ts';
import type { AuditEntry } from '../model/documents/audit-entry.ts';
import type { StoredInventory } from '../model/documents/inventory.ts';
import type { PackageIndex } from './package-index.ts';
import type { TrendBook } from '../model/documents/trend.ts';
import type { CheckpointBook } from '../model/documents/checkpoints.ts';
import type { AccessNote, LedgerEntry } from '../model/documents/ledger.ts';
import type {
  BuildRequest,
  DeferredCleanup,
  Distribution,
  Operation,
  OutboxEntry,
  RefreshState,
  Publication,
  RedistributionRequest,
  Revision,
  Rewinds,
  Run,
  Slots,
  TemplateHead,
  TimelineEntry,
  Timestamp,
  Trigger,
  VersionBook,
} from '../model/documents/documents.ts';

/** A document with the version it was read at. */
export type Stored<T> = { readonly value: T; readonly etag: string };

/** `absent`: create only. An etag: replace only that version. Losing the race throws `PreconditionFailed`. */
export type Condition = 'absent' | { readonly etag: string };

export type RunAgain = { readonly attempt: number; readonly after: string; readonly at: Timestamp };

/** A document of each template. */
export type Book<T> = {
  get(ref: TemplateRef): Promise<T | undefined>;
  /** Read, change, conditional write; a template that has no book gets one. */
  update(ref: TemplateRef, change: (book: T) => T): Promise<T>;
};

/** A single document, changed by conditional writes. */
export type Note<T> = {
  get(): Promise<Stored<T> | undefined>;
  put(note: T, condition: Condition): Promise<void>;
};

/** Folders of the store. */
export type AgedKind = 'operations' | 'requests' | 'rewinds' | 'artifacts';
export type Aged = {
  readonly kind: AgedKind;
  readonly id: string;
  readonly name: string;
  readonly etag: string;
};

export type TemplateScope = { readonly subscriptionId: string; readonly resourceGroup?: string };

/** Everything the product remembers. One implementation: blobs with ETags (`blob-store.ts`). */
export interface Store extends LogStores, ProofStores {
  readonly templates: {
    get(ref: TemplateRef): Promise<Stored<TemplateHead> | undefined>;
    put(head: TemplateHead, condition: Condition): Promise<string>;
    /** Read, change, conditional write; repeats when it loses the race. `change` may return undefined to leave it. */
    update(ref: TemplateRef, change: (head: TemplateHead) => TemplateHead | undefined): Promise<TemplateHead>;
    list(scope: TemplateScope): Promise<TemplateHead[]>;
    /**
     * At most `limit` of those that are wanted, in the order of their keys. `last`: where the next page begins, which is the
     * key of the last one shown and so tells of no other; absent at the end.
     */
    page(
      scope: TemplateScope,
      range: { limit: number; after?: string; isWanted?: (ref: TemplateRef) => boolean },
    ): Promise<{ heads: TemplateHead[]; last?: string }>;
    /** Removes the head, then everything in the folder. Absent is success. */
    remove(ref: TemplateRef): Promise<void>;
  };
  /** Where this deployment has templates, or has ever built: the janitor looks there, also when the last one is gone. */
  readonly subscriptions: {
    note(subscriptionId: string): Promise<void>;
    /** Lower-case. */
    list(): Promise<string[]>;
  };
  /** Up to when the engine's histories were purged. */
  readonly purges: Mark;
  /** When it was last looked for artifacts that nothing names. */
  readonly artifactSweeps: Mark;
  readonly runSweeps: Mark;
  /** Runs whose clean-up Azure refused. */
  readonly deferred: {
    add(cleanup: DeferredCleanup): Promise<void>;
    list(subscriptionId: string): Promise<DeferredCleanup[]>;
    /** Absent is success. */
    remove(cleanup: DeferredCleanup): Promise<void>;
  };
  /** What runs make in Azure. */
  readonly ledger: {
    /** Before anything is made. An entry that is there already stays. */
    open(entry: LedgerEntry): Promise<void>;
    get(subscriptionId: string, runId: string): Promise<LedgerEntry | undefined>;
    /** Undefined when there is no entry: runs that began before there was a ledger have none. */
    update(
      subscriptionId: string,
      runId: string,
      change: (entry: LedgerEntry) => LedgerEntry | undefined,
    ): Promise<LedgerEntry | undefined>;
    /** Ids of runs whose entry was last changed before. */
    listOlder(subscriptionId: string, than: Date): Promise<string[]>;
    /** Absent is success. */
    remove(subscriptionId: string, runId: string): Promise<void>;
    /** True the first time that something is told of that has our tags and no entry. */
    isNews(subject: string): Promise<boolean>;
  };
  /** Who changed what, for good. */
  readonly audit: {
    append(entry: AuditEntry): Promise<void>;
    /** Names of the hours between two moments that have entries, newest first. */
    hours(from: Timestamp, to: Timestamp): Promise<string[]>;
    /** Of one hour, in the order of writing; the same entry may be there twice. */
    read(hour: string): Promise<AuditEntry[]>;
  };
  /** The access policy that was seen last. */
  readonly access: Note<AccessNote>;
  /** Scopes that deployments of this Kiln have named. */
  readonly rights: Note<RightsNote>;
  readonly refreshes: {
    get(ref: TemplateRef): Promise<RefreshState | undefined>;
    put(state: RefreshState): Promise<void>;
  };
  readonly buildRequests: {
    get(id: RunId): Promise<BuildRequest | undefined>;
    /** Throws `PreconditionFailed` when it is there. */
    create(request: BuildRequest): Promise<void>;
    update(id: RunId, change: (request: BuildRequest) => BuildRequest | undefined): Promise<BuildRequest>;
  };
  /** Templates that requests wait for. */
  readonly lines: {
    note(ref: TemplateRef): Promise<void>;
    list(): Promise<TemplateRef[]>;
    forget(ref: TemplateRef): Promise<void>;
  };
  readonly slots: {
    get(): Promise<Stored<Slots> | undefined>;
    /** As `recall` of publications, but undefined when this process has seen none, or none younger than `maxAge` milliseconds. */
    recall(maxAge?: number): Stored<Slots> | undefined;
    put(slots: Slots, condition: Condition): Promise<void>;
  };
  readonly drain: {
    get(): Promise<Drain | undefined>;
    put(drain: Drain): Promise<void>;
    /** Absent is success. */
    remove(): Promise<void>;
  };
  /** Events on their way out. */
  readonly outbox: {
    /** Before the run exists, so that no event of it is missed. Repeating it changes nothing. */
    addRun(ref: TemplateRef, id: RunId, at: Timestamp): Promise<void>;
    /**
     * The same for a run that goes on after an end, when it is open again. What was delivered up to `after`, the event that
     * it had ended with, is not sent again.
     */
    addRunAgain(ref: TemplateRef, id: RunId, again: RunAgain): Promise<void>;
    /** Events that belong together, in order; adding the same ones twice is one entry while it waits. */
    addEvents(events: readonly CloudEvent[], sinks?: OutboxEntry['sinks']): Promise<void>;
    /** The entry that these events were added as, while it waits. */
    find(events: readonly CloudEvent[]): Promise<Stored<OutboxEntry> | undefined>;
    /** The entry of a run; `recall`: as this process has seen it last. */
    get(runId: string): Promise<Stored<OutboxEntry> | undefined>;
    recall(runId: string): Stored<OutboxEntry> | undefined;
    /** Events by age, then runs; at most 1000. */
    list(): Promise<Stored<OutboxEntry>[]>;
    /** Answers the new ETag. */
    put(entry: OutboxEntry, condition: Condition): Promise<string>;
    /** Absent is success. With an ETag only that version: throws `PreconditionFailed` for another one. */
    remove(entry: OutboxEntry, etag?: string): Promise<void>;
  };
  readonly revisions: {
    get(ref: TemplateRef, revision: number): Promise<Revision | undefined>;
    /** `absent` keeps a revision that is there already and throws `PreconditionFailed`. */
    put(ref: TemplateRef, revision: Revision, condition?: 'absent'): Promise<void>;
  };
  readonly runs: {
    get(ref: TemplateRef, id: RunId): Promise<Run | undefined>;
    /** As it is, or as it was at most `maxAge` milliseconds ago, five seconds unless given; what this process writes is seen at once. */
    glance(ref: TemplateRef, id: RunId, maxAge?: number): Promise<Run | undefined>;
    create(run: Run): Promise<void>;
    update(ref: TemplateRef, id: RunId, change: (run: Run) => Run | undefined): Promise<Run>;
    /**
     * At most `limit` of them, newest first. `last`: where the next page begins; absent at the end. `old`: runs that were over and
     * cleaned up at most so many milliseconds ago may be answered as they were then, all but one.
     */
    page(
      ref: TemplateRef,
      range: {
        limit: number;
        after?: string;
        old?: { readonly ms: number; readonly but?: RunId | undefined };
      },
    ): Promise<{ runs: Run[]; last?: string }>;
  };
  readonly publications: {
    get(ref: TemplateRef, id: RunId, target: number): Promise<Publication | undefined>;
    /** What this process has seen last, however old, or else what is there: for writes on the condition of its ETag. */
    recall(ref: TemplateRef, id: RunId, target: number): Promise<Stored<Publication> | undefined>;
    put(
      ref: TemplateRef,
      id: RunId,
      target: number,
      ...[publication, condition]: [publication: Publication, condition?: Condition]
    ): Promise<void>;
  };
  /** What a run has built and where it goes, for distributions after the first. */
  readonly distributions: {
    get(ref: TemplateRef, id: RunId): Promise<Distribution | undefined>;
    put(ref: TemplateRef, id: RunId, distribution: Distribution): Promise<void>;
  };
  /** What is in the images that runs have built. */
  readonly inventories: {
    get(ref: TemplateRef, id: RunId): Promise<StoredInventory | undefined>;
    put(ref: TemplateRef, id: RunId, inventory: StoredInventory): Promise<void>;
  };
  readonly packageIndex: PackageIndex;
  /** How the last builds of templates went, in numbers. */
  readonly trends: Book<TrendBook>;
  /** Machines of builds that later ones may begin with. */
  readonly checkpoints: Book<CheckpointBook>;
  readonly redistributionRequests: {
    get(ref: TemplateRef, id: RunId, request: string): Promise<RedistributionRequest | undefined>;
    put(ref: TemplateRef, id: RunId, request: string, content: RedistributionRequest): Promise<void>;
  };
  readonly versionBooks: {
    /** Read, change, conditional write; a definition that is new gets a book. */
    update(definition: ResourceId, change: (book: VersionBook) => VersionBook): Promise<VersionBook>;
  };
  readonly timeline: {
    /** At least once: the same entry may be appended twice. */
    append(ref: TemplateRef, id: RunId, entries: readonly TimelineEntry[]): Promise<void>;
    /** Without duplicates, in the order of writing. */
    read(ref: TemplateRef, id: RunId): Promise<TimelineEntry[]>;
    /** What this process knows, if it has written all that there was after its last line. */
    recall(ref: TemplateRef, id: RunId): TimelineEntry[] | undefined;
  };
  readonly triggers: {
    get(ref: TemplateRef, name: string): Promise<Stored<Trigger> | undefined>;
    put(trigger: Trigger, condition?: Condition): Promise<string>;
    /** As for templates; throws `ResourceNotFound` when the trigger is gone. */
    update(
      ref: TemplateRef,
      name: string,
      change: (trigger: Trigger) => Trigger | undefined,
    ): Promise<Trigger>;
    list(ref: TemplateRef): Promise<Trigger[]>;
    /** False when there was none. */
    remove(ref: TemplateRef, name: string): Promise<boolean>;
  };
  readonly operations: {
    get(id: string): Promise<Operation | undefined>;
    put(operation: Operation): Promise<void>;
  };
  /** How often, and when last, an instance of the engine was rewound. */
  readonly rewinds: {
    get(instanceId: string): Promise<Stored<Rewinds> | undefined>;
    put(instanceId: string, rewinds: Rewinds, condition: Condition): Promise<void>;
  };
  readonly history: RunHistory;
  /** What is kept for a while only. */
  readonly aged: {
    /** What nobody has written, or asked for where asking counts, since `before`. */
    list(kind: AgedKind, before: Date): Promise<Aged[]>;
    /** False when it was written meanwhile, or is gone. */
    remove(aged: Aged): Promise<boolean>;
  };
  /** What came by the API, by subscription; artifacts themselves belong to all. */
  readonly uploads: {
    /** False, and nothing is noted, when the subscription has `most` others. */
    note(subscriptionId: string, sha256: Sha256, most: number): Promise<boolean>;
    /** Who has uploaded it; lower-case. */
    owners(sha256: Sha256): Promise<string[]>;
    /** Absent is success. */
    forget(subscriptionId: string, sha256: Sha256): Promise<void>;
  };
  readonly artifacts: {
    /** Content-addressed; writing the same bytes twice is one artifact, as old as the last time. */
    put(bytes: Uint8Array): Promise<Sha256>;
    /** Who asks means to use it: it counts as new from now on. */
    has(sha256: Sha256): Promise<boolean>;
    /** Absent is success. */
    remove(sha256: Sha256): Promise<void>;
    get(sha256: Sha256): Promise<Uint8Array | undefined>;
    /** A read-only URL (with SAS) for the build VM. The URL is a secret. */
    url(sha256: Sha256, validMinutes: number): Promise<string>;
  };
}
