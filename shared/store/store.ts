import type { Drain } from './blob-drain.ts';
import type { ResourceId, RunId, Sha256, TemplateRef } from '../template/model.ts';
import type { CloudEvent } from '../messaging/cloud-event.ts';
import type { AuditEntry } from '../audit/entry.ts';
import type { AccessNote, LedgerEntry } from './ledger.ts';
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
} from './documents.ts';

/** A document with the version it was read at. */
export type Stored<T> = { readonly value: T; readonly etag: string };

/** `absent`: create only. An etag: replace only that version. Losing the race throws `PreconditionFailed`. */
export type Condition = 'absent' | { readonly etag: string };

/** Name of a step's log inside the run folder, and a URL (with SAS) that a VM may append to. The URL is a secret. */
export type LogTarget = { readonly name: string; readonly outputUrl: string; readonly errorUrl: string };

/** One log of a run and its size. */
export type LogInfo = { readonly name: string; readonly bytes: number };

export type RunAgain = { readonly attempt: number; readonly after: string; readonly at: Timestamp };

export type TemplateScope = { readonly subscriptionId: string; readonly resourceGroup?: string };

/** Everything the product remembers. One implementation: blobs with ETags (`blob-store.ts`). */
export interface Store {
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
  readonly purges: {
    get(): Promise<Timestamp | undefined>;
    put(until: Timestamp): Promise<void>;
  };
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
  readonly access: {
    get(): Promise<Stored<AccessNote> | undefined>;
    put(note: AccessNote, condition: Condition): Promise<void>;
  };
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
    /** The entry of a run. */
    get(runId: string): Promise<Stored<OutboxEntry> | undefined>;
    /** Events by age, then runs; at most 1000. */
    list(): Promise<Stored<OutboxEntry>[]>;
    put(entry: OutboxEntry, condition: Condition): Promise<void>;
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
    create(run: Run): Promise<void>;
    update(ref: TemplateRef, id: RunId, change: (run: Run) => Run | undefined): Promise<Run>;
    /** Newest first. */
    list(ref: TemplateRef): Promise<Run[]>;
  };
  readonly publications: {
    get(ref: TemplateRef, id: RunId, target: number): Promise<Publication | undefined>;
    put(ref: TemplateRef, id: RunId, target: number, publication: Publication): Promise<void>;
  };
  /** What a run has built and where it goes, for distributions after the first. */
  readonly distributions: {
    get(ref: TemplateRef, id: RunId): Promise<Distribution | undefined>;
    put(ref: TemplateRef, id: RunId, distribution: Distribution): Promise<void>;
  };
  readonly requests: {
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
  };
  readonly logs: {
    /** Makes the two append blobs of a step, `<name>.out` and `<name>.err`, and a SAS (create + append + write, this blob only) for each. */
    target(ref: TemplateRef, id: RunId, name: string, validMinutes: number): Promise<LogTarget>;
    /** Bytes from `offset`, at most `limit` (1 MiB). Absent blobs read as empty. */
    read(ref: TemplateRef, id: RunId, name: string, offset: number, limit?: number): Promise<Uint8Array>;
    list(ref: TemplateRef, id: RunId): Promise<LogInfo[]>;
    /** The last bytes as they are: in what `read` and `list` show, the mark of a script's end is left out. */
    end(ref: TemplateRef, id: RunId, name: string, bytes: number): Promise<string>;
    append(ref: TemplateRef, id: RunId, name: string, bytes: Uint8Array): Promise<void>;
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
  readonly artifacts: {
    /** Content-addressed; writing the same bytes twice is one artifact. */
    put(bytes: Uint8Array): Promise<Sha256>;
    has(sha256: Sha256): Promise<boolean>;
    get(sha256: Sha256): Promise<Uint8Array | undefined>;
    /** A read-only URL (with SAS) for the build VM. The URL is a secret. */
    url(sha256: Sha256, validMinutes: number): Promise<string>;
  };
}
