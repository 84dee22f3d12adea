import type { UsedCheckpoint } from './checkpoints.ts';
import type { Principal } from '../principal.ts';
import type { ServicePrincipal } from '../service-principal.ts';
import type { Failure } from '../../errors/failure.ts';
import type { BuildPlan, Captured, TargetPlan } from '../plan.ts';
import type {
  Distributor,
  ImageTemplate,
  ImageVersion,
  ResourceId,
  RunId,
  TemplateRef,
} from '../template.ts';
import type { Phase } from '../phase.ts';
import type { Timestamp } from '../timestamp.ts';
import type { RunInventory } from './inventory.ts';
import type { Fingerprint } from './refresh.ts';
import type { LineEntry } from './waiting.ts';
export type { Phase, Timestamp };
export type { Operation } from './operation.ts';
export type { Trigger } from './trigger.ts';
export type { Fingerprint, RefreshDecision, RefreshState } from './refresh.ts';
export type {
  BuildRequest,
  CoresWish,
  DeferredCleanup,
  HeldCores,
  LineEntry,
  OutboxEntry,
  Rewinds,
  SinkState,
  Slot,
  Slots,
} from './waiting.ts';

/**
 * What is kept in blobs. Layout under the container: `templates/<key>/template.json` (the head),
 * `revisions/NNNN.json`, `triggers/<name>.json`, `runs/<run id>/{run.json,timeline.jsonl,inventory.json,logs/…}`, and beside them `operations/<id>.json`
 * and `artifacts/<sha256>`; for the janitor `subscriptions/<id>` and `deferred/<subscription>/<run id>.json`;
 * `rewinds/<instance id>.json` and `purged.json` for the engine's instances; `outbox/<id>.json` for events on their way; `requests/<id>.json`, `lines/<key>.json` and `slots.json` for builds that wait;
 * `audit/<day>/<hour>.jsonl` for who changed what; `ledger/<subscription>/<run id>.json` for what runs make in Azure.
 * Every document carries `schema`, so that a later version can read an older one.
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
  /** Identities of the template as they were found at submission. */
  readonly identities?: readonly AssignedIdentity[];
  /** Wishes of the template that no run carries out. */
  readonly notCarriedOut?: readonly string[];
  /** What did not speak against the template at its submission and may stop a run. */
  readonly warnings?: readonly string[];
  /** Checksums of scripts that its author left open. */ readonly pins?: Readonly<Record<string, string>>;
  /** Id of the newest run's group. */ readonly exactStagingResourceGroup?: string;
  /** Operation that brings the template out of Creating, Updating or Deleting; also its orchestration instance. */
  readonly operationId?: string;
  /** Submission that was under way when the template was deleted: the removal waits for its end. */
  readonly submission?: string;
  /** The body as its author sent it, in the api-version it was sent in, read-only fields removed. */
  readonly body: unknown;
  readonly bodyApiVersion: string;
  /** Revision whose pinned scripts the newest one keeps; absent: it fetches its own. */
  readonly pinsFrom?: number;
  /** Requests that wait for this template, in the order they came in; see `shared/requests/line.ts`. */
  readonly line?: readonly LineEntry[];
  /** Set while a run holds the template: one active run per template. */
  readonly activeRun?: RunId;
  /** Beside `activeRun`: it uses no checkpoint. */
  readonly noCache?: true;
  /** Set beside `activeRun` while what that run has built is distributed again. */
  readonly redistribution?: Redistribution;
  /** Copy of the newest run's state, so that a list needs one read per template. */
  readonly lastRun?: RunSummary;
  /** What the newest successful run was made from: what a refresh compares with. */
  readonly built?: { readonly runId: RunId; readonly at: Timestamp; readonly fingerprint: Fingerprint };
  /** Failed runs in a row, up to now; a success and every change of the template set it back. */
  readonly failures?: number;
  /** Set when the template failed so often that it is not refreshed any more. */
  readonly refreshDisabled?: { readonly at: Timestamp; readonly reason: string };
  readonly createdAt: Timestamp;
  readonly changedAt: Timestamp;
  /** Absent, as below: an older version of Kiln did not write it down. */
  readonly createdBy?: Principal;
  /** Who asked for the newest revision, or for the deletion. */
  readonly changedBy?: Principal;
  /** Who asked for the run that holds the template, or held it last. */
  readonly requestedBy?: Principal;
};

export type AssignedIdentity = ServicePrincipal & { readonly id: ResourceId };

/** A retry, or a distribution to new targets: an orchestration of its own for a run that was over. */
export type Redistribution = {
  readonly instance: string;
  /** From 1. */
  readonly attempt: number;
  /** Names its request in the run's folder too. */
  readonly operationId: string;
  readonly requestedBy?: Principal;
  readonly requestedAt?: Timestamp;
  /** How many targets came on top; absent for a retry. */
  readonly newTargets?: number;
};

/** `runs/<run id>/requests/<operation id>.json`: what a redistribution was asked for. Without targets: what failed. */
export type RedistributionRequest = {
  readonly schema: 1;
  readonly targets?: readonly Distributor[];
  readonly requestedBy?: Principal;
};

/** `runs/<run id>/distribution.json`: what a run has built and where it goes. */
export type Distribution = { readonly schema: 1; readonly plan: BuildPlan; readonly captured: Captured };

export type { ProvenanceDocument, SignedOutput } from './provenance.ts';

export type Revision = {
  readonly schema: 1;
  readonly number: number;
  readonly template: ImageTemplate;
  readonly createdAt: Timestamp;
  readonly createdBy?: Principal;
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
  readonly type: TargetPlan['type'];
  readonly state: 'Succeeded' | 'Failed';
  readonly artifactId?: string;
  readonly artifactUri?: string;
  /** Managed image that a Shallow version refers to: it has to live as long as the version. */
  readonly sourceId?: string;
  readonly regions?: readonly RegionResult[];
  /** Of a VHD that goes to several places. */
  readonly copies?: readonly CopyResult[];
  /** Whether `latest` may resolve to the gallery version. */
  readonly promoted?: boolean;
  readonly error?: Failure;
};

/** One blob of a VHD. */
export type CopyResult = {
  readonly uri: string;
  readonly state: 'Completed' | 'Failed';
  readonly error?: Failure;
};

export type RegionResult = {
  readonly region: string;
  /** `Skipped`: an earlier ring went wrong. `BootFailed`: it has the version, but no good VM was made of it there. */
  readonly state: 'Completed' | 'Failed' | 'TimedOut' | 'Skipped' | 'BootFailed';
  readonly seconds: number;
  /** From the wish for a VM of the version to a ready one that has passed the validators. Absent: none was booted. */
  readonly bootSeconds?: number;
  readonly error?: Failure;
};

export type Run = RunSummary & {
  readonly schema: 1;
  readonly ref: TemplateRef;
  readonly revision: number;
  readonly reason: string;
  readonly requestedBy?: Principal;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Among runs that wait for others to end; 0 when absent. */
  readonly priority?: number;
  /** The requester's own id for what this run is part of; repeated in every event. */
  readonly correlationId?: string;
  /** Set by cancel; every activity that waits looks at it. */
  readonly cancelRequestedAt?: Timestamp;
  readonly canceledBy?: Principal;
  readonly error?: Failure;
  readonly outputs: readonly RunOutput[];
  /** Exact source version or image id that was built from. */
  readonly source?: string;
  readonly fingerprint?: Fingerprint;
  readonly stagingGroup?: string;
  readonly vmSize?: string;
  /** The VM agent's own name and version, as the instance view tells it; local simulated machines say `simulated` here. */
  readonly agent?: string;
  /** Managed images that this run has begun to remove, and so has to make anew. */
  readonly replacing?: readonly ResourceId[];
  /** Index of the VHD target that reads the disk. */
  readonly diskReader?: number;
  /** Distributions after the first. */
  readonly attempt?: number;
  /** How it had ended before each of them, in order: what is told of a run does not change when it goes on. */
  readonly earlierEnds?: readonly RunEnd[];
  /** What failed can be distributed again until then. */
  readonly retryUntil?: Timestamp;
  readonly cleanup?: 'done' | 'deferred' | 'kept';
  /** The run of the newest image when this one began: what its inventory is compared with. */
  readonly builtBefore?: RunId;
  /** Absent: none was taken. */
  readonly inventory?: RunInventory;
  /** Wishes of the template that the run does not carry out, each with the reason. */
  readonly notCarriedOut?: readonly string[];
  /** No checkpoint was used, because who asked for the run, or why, did not want one. */
  readonly noCache?: true;
  /** What its machine began with. Absent: with the source. */
  readonly checkpoint?: UsedCheckpoint;
  /** The VMs stay until then after a failure, because the template asked for it (`errorHandling`). */
  readonly keptUntil?: Timestamp;
  /** Somebody gave up what was kept; `cleanup` is `deferred` until it is gone. */
  readonly releasedAt?: Timestamp;
};

/** An end of a run: the first of several when it is distributed again. */
export type RunEnd = Pick<
  Run,
  'state' | 'message' | 'startTime' | 'endTime' | 'error' | 'outputs' | 'source' | 'attempt' | 'inventory'
>;

/** How far one region of a gallery version is. `Waiting`: asked for, or being taken out and put in again. */
export type RegionProgress = {
  readonly region: string;
  readonly state: 'Waiting' | 'Replicating' | 'Completed' | 'Failed' | 'TimedOut';
  /** Times it was taken out and put in again. */
  readonly repairs: number;
  /** Percent, as Azure counts. */
  readonly progress?: number;
  /** When it was first seen replicating in this turn. */
  readonly since?: Timestamp;
  /** It hung in an earlier attempt and is taken out at the next look. */
  readonly stuck?: boolean;
  readonly error?: Failure;
};

/** What the single writer of a gallery version does after a look at it. */
export type VersionMove =
  | { readonly do: 'wait'; readonly pauseMs: number }
  | { readonly do: 'repair'; readonly regions: readonly string[] }
  | { readonly do: 'promote' }
  | { readonly do: 'end' };

/**
 * `runs/<run id>/targets/<index>.json`: a gallery version on its way. Only its single writer changes it; the watchers of
 * its regions read it, so that Azure is asked once for all of them.
 */
export type Publication = {
  readonly schema: 1;
  readonly version: string;
  readonly attempt: number;
  readonly regions: readonly RegionProgress[];
  readonly look?: string;
  readonly move?: VersionMove;
};

/** Every version number that was ever given out for a gallery image definition, and to whom. */
export type VersionBook = {
  readonly schema: 1;
  readonly definition: ResourceId;
  readonly numbers: readonly ImageVersion[];
  readonly claims: Readonly<Record<string, ImageVersion>>;
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
