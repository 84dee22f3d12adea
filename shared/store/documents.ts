import type { Failure } from '../errors/failure.ts';
import type { CloudEvent } from '../messaging/cloud-event.ts';
import type { ImageTemplate, RunId, TemplateRef } from '../template/model.ts';

/**
 * What is kept in blobs. Layout under the container: `templates/<key>/template.json` (the head),
 * `revisions/NNNN.json`, `runs/<run id>/{run.json,timeline.jsonl,logs/…}`, and beside them `operations/<id>.json`
 * and `artifacts/<sha256>`; for the janitor `subscriptions/<id>` and `deferred/<subscription>/<run id>.json`; `outbox/<id>.json` for events on their way;
 * `requests/<id>.json`, `lines/<key>.json` (templates with a line) and `slots.json` for what waits. Every document carries `schema`, so that a later version can read an older one.
 * `revisions/NNNN.json`, `triggers/<name>.json`, `runs/<run id>/{run.json,timeline.jsonl,logs/…}`, and beside them `operations/<id>.json`
 * and `artifacts/<sha256>`; for the janitor `subscriptions/<id>` and `deferred/<subscription>/<run id>.json`. Every document carries `schema`, so that a later version can read an older one.
 */

export type ProvisioningState = 'Creating' | 'Updating' | 'Succeeded' | 'Failed' | 'Deleting' | 'Canceled';
export type RunState = 'Running' | 'Canceling' | 'Succeeded' | 'PartiallySucceeded' | 'Failed' | 'Canceled';
export type RunSubState =
  | 'Queued'
  | 'Building'
  | 'Customizing'
  | 'Optimizing'
  | 'Validating'
  | 'Distributing';

/** ISO 8601 in UTC. */
export type Timestamp = string;

/** The head of a template: the one document that is changed by conditional writes. */
export type TemplateHead = {
  readonly schema: 1;
  readonly ref: TemplateRef;
  /** Number of the newest revision, from 1. */
  readonly revision: number;
  readonly provisioningState: ProvisioningState;
  readonly provisioningError?: Failure;
  /** `latest` of the source, resolved at submission; shown as `exactVersion`. */
  readonly exactVersion?: string;
  /** Group that the newest run builds in; empty or absent before the first. */
  readonly exactStagingResourceGroup?: string;
  /** Operation that brings the template out of Creating, Updating or Deleting; also its orchestration instance. */
  readonly operationId?: string;
  /** The body as its author sent it, in the api-version it was sent in, read-only fields removed. */
  readonly body: unknown;
  readonly bodyApiVersion: string;
  /** Revision whose pinned scripts the newest one keeps; absent: it fetches its own. */
  readonly pinsFrom?: number;
  /** Requests that wait for this template, in the order they came in; see `shared/requests/line.ts`. */
  readonly line?: readonly LineEntry[];
  /** Set while a run holds the template: one active run per template. */
  readonly activeRun?: RunId;
  /** Copy of the newest run's state, so that a list needs one read per template. */
  readonly lastRun?: RunSummary;
  readonly createdAt: Timestamp;
  readonly changedAt: Timestamp;
};

export type Revision = {
  readonly schema: 1;
  readonly number: number;
  readonly template: ImageTemplate;
  readonly createdAt: Timestamp;
};

export type RunSummary = {
  readonly id: RunId;
  readonly state: RunState;
  readonly subState?: RunSubState;
  readonly startTime: Timestamp;
  readonly endTime?: Timestamp;
  readonly message: string;
};

/** Where a distributor's result ended up. */
export type RunOutput = {
  readonly name: string;
  readonly type: 'ManagedImage' | 'SharedImage' | 'VHD';
  readonly state: 'Succeeded' | 'Failed';
  readonly artifactId?: string;
  readonly artifactUri?: string;
  readonly regions?: readonly RegionResult[];
  readonly error?: Failure;
};

export type RegionResult = {
  readonly region: string;
  readonly state: 'Completed' | 'Failed' | 'TimedOut';
  readonly seconds: number;
  readonly error?: Failure;
};

export type Run = RunSummary & {
  readonly schema: 1;
  readonly ref: TemplateRef;
  readonly revision: number;
  readonly reason: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Among runs that wait for others to end; 0 when absent. */
  readonly priority?: number;
  /** While the run waits for others to end: its place among those that wait, from 1. */
  readonly position?: number;
  /** The requester's own id for what this run is part of; repeated in every event. */
  readonly correlationId?: string;
  /** Set by cancel; every activity that waits looks at it. */
  readonly cancelRequestedAt?: Timestamp;
  readonly error?: Failure;
  readonly outputs: readonly RunOutput[];
  /** Exact source version or image id that was built from. */
  readonly source?: string;
  readonly stagingGroup?: string;
  readonly vmSize?: string;
  /** The VM agent's own name and version, as the instance view tells it; local simulated machines say `simulated` here. */
  readonly agent?: string;
  readonly cleanup?: 'done' | 'deferred' | 'kept';
  /** The VMs stay until then after a failure, because the template asked for it (`errorHandling`). */
  readonly keptUntil?: Timestamp;
};

/**
 * A request to build, `requests/<id>.json`. Its id is that of its run and derives from the request's key, so that the same
 * request, however often it comes, is one document and at most one run.
 */
export type BuildRequest = {
  readonly schema: 1;
  readonly id: RunId;
  readonly key: string;
  readonly ref: TemplateRef;
  readonly reason: string;
  readonly correlationId?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Higher first; 0 unless given. */
  readonly priority: number;
  readonly notBefore?: Timestamp;
  /** What becomes of requests that wait already: they are replaced, or this one queues up behind them. */
  readonly whenBusy: 'coalesce' | 'queue';
  readonly acceptedAt: Timestamp;
  readonly state: 'waiting' | 'started' | 'coalesced' | 'rejected';
  /** For `coalesced`: the request that was built instead. */
  readonly replacedBy?: RunId;
  /** For `rejected`. */
  readonly error?: Failure;
};

export type LineEntry = Pick<BuildRequest, 'id' | 'priority' | 'notBefore' | 'whenBusy' | 'acceptedAt'> & {
  /** Requests that this one stands for as well. */
  readonly replaces?: readonly RunId[];
};

/** Which runs build now and which wait for that, `slots.json`. Absent runs need no slot. */
export type Slots = {
  readonly schema: 1;
  readonly active: readonly Slot[];
  readonly waiting: readonly Slot[];
};

export type Slot = {
  readonly runId: RunId;
  readonly ref: TemplateRef;
  readonly priority: number;
  readonly since: Timestamp;
};

/** How far one sink has got with an entry of the outbox. */
export type SinkState = {
  /** Ids of the events it has accepted. */
  readonly sent: readonly string[];
  /** In a row, until now. */
  readonly failures: number;
  readonly notBefore?: Timestamp;
  readonly failingSince?: Timestamp;
};

/** What is to be told to the world: the events of a run as it goes on, or ones that are complete. Gone when delivered. */
export type OutboxEntry = {
  readonly schema: 1;
  readonly createdAt: Timestamp;
  readonly sinks: Readonly<Record<string, SinkState>>;
} & (
  | { readonly kind: 'run'; readonly ref: TemplateRef; readonly runId: RunId }
  | { readonly kind: 'events'; /** In order; one at least. */ readonly events: readonly CloudEvent[] }
);

/**
 * What starts a run by itself, `triggers/<name>.json` in the template's folder. The API stores it; the timer that
 * evaluates it keeps what it saw in it.
 */
export type Trigger = {
  readonly schema: 1;
  readonly name: string;
  readonly ref: TemplateRef;
  readonly kind: 'SourceImage';
  readonly status: { readonly code: string; readonly message: string; readonly time: Timestamp };
  /** Exact version of the source at the last look; another one starts a run. Absent: nobody looked yet. */
  readonly seen?: string;
  readonly createdAt: Timestamp;
  readonly changedAt: Timestamp;
};

/** A clean-up that Azure refused: what the janitor has to look after. */
export type DeferredCleanup = {
  readonly schema: 1;
  readonly ref: TemplateRef;
  readonly runId: RunId;
  readonly stagingGroup: string;
};

/** One line of timeline.jsonl. Ids repeat when an activity ran twice: readers keep the first. */
export type TimelineEntry = {
  readonly id: string;
  readonly at: Timestamp;
  readonly phase: Phase;
  /** Customizer or target, for entries below a phase. */
  readonly step?: string;
  readonly event: 'started' | 'succeeded' | 'failed' | 'skipped' | 'note';
  /** For entries about one target region. */
  readonly region?: string;
  readonly message?: string;
  /** Blob name of the step's output, relative to the run's folder. */
  readonly log?: string;
};

export type Phase =
  | 'resolve'
  | 'stage'
  | 'provision'
  | 'customize'
  | 'validate'
  | 'generalize'
  | 'capture'
  | 'distribute'
  | 'clean up';

/** A long-running operation of our own API, as its poll URL answers. */
export type Operation = {
  readonly schema: 1;
  /** Upper-case GUID, as the real service names them. */
  readonly id: string;
  readonly status: 'InProgress' | 'Succeeded' | 'Failed' | 'Canceled';
  readonly startTime: Timestamp;
  readonly endTime?: Timestamp;
  readonly error?: Failure;
  readonly templateId: string;
  /** For run operations: the run whose state this is. */
  readonly runId?: RunId;
  /** For cancel operations: the run that has to end. */
  readonly cancels?: RunId;
};
