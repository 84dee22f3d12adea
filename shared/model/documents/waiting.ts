import type { Principal } from '../principal.ts';
import type { Failure } from '../../errors/failure.ts';
import type { CloudEvent } from '../cloud-event.ts';
import type { RunId, TemplateRef } from '../template.ts';
import type { Timestamp } from '../timestamp.ts';

// Documents of what waits: requests for their turn, events for their delivery, clean-ups for Azure.

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
  readonly requestedBy?: Principal;
  readonly correlationId?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Higher first; 0 unless given. */
  readonly priority: number;
  readonly notBefore?: Timestamp;
  /** What becomes of requests that wait already: they are replaced, or this one queues up behind them. */
  readonly whenBusy: 'coalesce' | 'queue';
  /** Its run uses no checkpoint. */
  readonly noCache?: true;
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
  /** Cores that runs have until their clean-up. Absent: none. */
  readonly cores?: readonly HeldCores[];
};

export type Slot = {
  readonly runId: RunId;
  readonly ref: TemplateRef;
  readonly priority: number;
  readonly since: Timestamp;
  /** It found its cores in use by other runs. Absent: it does not know yet what it needs. */
  readonly cores?: CoresWish;
  /** Name of the wait among the instances of the run. Absent: `slot`. */
  readonly wait?: string;
};

/** vCPUs of one family in one region of a subscription. */
type Cores = {
  readonly subscriptionId: string;
  readonly location: string;
  readonly family: string;
  readonly count: number;
};
export type HeldCores = Cores & { readonly runId: RunId; readonly ref: TemplateRef };
/** `total`, `ofFamily`: what Kiln's runs may have of the region and of the family, others' use taken off. Absent: not known. */
export type CoresWish = Cores & { readonly total?: number; readonly ofFamily?: number };

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
  | {
      readonly kind: 'run';
      readonly ref: TemplateRef;
      readonly runId: RunId;
      /** The run goes on after an end that every sink has: what comes up to this event was delivered. */
      readonly after?: string;
      /** Of a run that goes on after an end: the attempt that the entry was noted for last. */
      readonly attempt?: number;
    }
  | { readonly kind: 'events'; /** In order; one at least. */ readonly events: readonly CloudEvent[] }
);

/** A clean-up that Azure refused, or what was kept and released: what the janitor has to look after. */
export type DeferredCleanup = {
  readonly schema: 1;
  readonly ref: TemplateRef;
  readonly runId: RunId;
  readonly stagingGroup: string;
  /** Absent: Azure had refused it. */
  readonly releasedAt?: Timestamp;
};

/** `rewinds/<instance id>.json` */
export type Rewinds = { readonly schema: 1; readonly count: number; readonly at: Timestamp };
