import type { JsonObject } from '../../cli/api/json.ts';
import { type Failure, isFinal, type LogInfo, type Run, type TemplateId } from '../../cli/api/types.ts';

// What the page needs of the answers of the API; parse.ts reads them.

export const SPAN_STATES = ['running', 'succeeded', 'failed', 'skipped', 'waiting', 'stopped'] as const;

export type Span = {
  readonly phase: string;
  readonly step?: string;
  readonly region?: string;
  readonly state: (typeof SPAN_STATES)[number];
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end?: number;
  readonly message?: string;
  readonly log?: string;
};

export type Gate = { readonly output: string; readonly ring: number; readonly since: string };
export type Action = 'read' | 'run' | 'write' | 'approve' | 'admin';
export const ACTIONS: readonly Action[] = ['read', 'run', 'write', 'approve', 'admin'];

export type RunMore = Run & {
  readonly position?: number;
  readonly revision?: number;
  readonly by?: string;
  readonly keptUntil?: string;
  readonly retryUntil?: string;
  readonly releasedAt?: string;
  readonly attempt?: number;
  readonly contents?: Contents;
};

/** What a run says of what is in its image. */
export type Contents = {
  readonly packages: number;
  readonly usedBytes: number;
  /** Packages against the image before it. */
  readonly changes?: { readonly added: number; readonly removed: number; readonly changed: number };
};

export type Waiting = {
  readonly id: string;
  readonly reason: string;
  readonly acceptedAt: string;
  readonly notBefore?: string;
  readonly priority: number;
  readonly position?: number;
  readonly by?: string;
};

export type Card = TemplateId & {
  readonly id: string;
  readonly location: string;
  readonly revision: number;
  readonly provisioningState: string;
  readonly provisioningError?: Failure;
  readonly newestRun?: {
    readonly id: string;
    readonly state: string;
    readonly startTime: string;
    readonly endTime?: string;
  };
  readonly refreshDisabled?: string;
  readonly may: readonly Action[];
};

export type Seen = Card & {
  readonly run?: RunMore;
  readonly spans: readonly Span[];
  readonly gates: readonly Gate[];
  readonly requests: readonly Waiting[];
};

export type Places = { readonly taken: number; readonly waiting: number; readonly total: number };
export type Drain = { readonly since: string; readonly reason: string };

export type Overview = {
  readonly version: string;
  readonly caller: { readonly id: string; readonly role: string };
  readonly drain?: Drain;
  readonly places: Places;
  readonly templates: readonly Seen[];
};

export type RunWithSpans = RunMore & { readonly spans: readonly Span[] };

export type Progress = {
  readonly output: string;
  readonly version: string;
  readonly regions: readonly {
    readonly region: string;
    readonly state: string;
    readonly progress?: number;
  }[];
};

export type RunView = {
  readonly run: RunMore;
  readonly template: Card;
  readonly spans: readonly Span[];
  readonly gates: readonly Gate[];
  readonly notes: readonly { readonly at: string; readonly text: string }[];
  readonly logs: readonly LogInfo[];
  readonly usual: Readonly<Record<string, number>>;
  readonly publications: readonly Progress[];
};

/** A template that another is made from, or that is made from it. */
export type Relative = TemplateId & {
  readonly id: string;
  readonly parents: readonly string[];
  readonly isBehind: boolean;
  readonly state?: string;
};

/** A build that gave an image, in numbers. */
export type Trend = {
  readonly runId: string;
  readonly at: string;
  readonly versions: readonly string[];
  /** Of the whole run (`run`), by phase and by step. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly packages?: number;
  readonly usedBytes?: number;
};

export type TemplateView = Card & {
  readonly family: readonly Relative[];
  readonly template: JsonObject;
  readonly runs: readonly RunWithSpans[];
  readonly nextLink?: string;
  readonly triggers: readonly { readonly name: string; readonly kind: string; readonly message: string }[];
  readonly decisions: readonly { readonly at: string; readonly text: string }[];
  readonly requests: readonly Waiting[];
};

/** What is in use of something in a region, or why that cannot be read. */
export type Quota = {
  readonly location: string;
  readonly name: string;
  readonly used: number;
  readonly limit: number;
  readonly message?: string;
};

/** As the service judges it. */
export type Finding = {
  readonly severity: 'ok' | 'look' | 'unknown';
  readonly code: string;
  readonly what: string;
  readonly detail: string;
  readonly why?: string;
  readonly next?: string;
};

export type Doctor = {
  readonly version: string;
  readonly versions: Readonly<Record<'kiln' | 'node' | 'apiVersion' | 'startedAt', string>>;
  readonly findings: readonly Finding[];
  readonly quotas: readonly Quota[];
};

export type DeadLetter = {
  readonly number: string;
  readonly messageId: string;
  readonly enqueued: string;
  readonly deliveries: number;
  readonly reason: string;
  readonly description: string;
  /** Name of the template that it asks for, when that can be read. */
  readonly template?: string;
  readonly body: string;
  /** Whether the reader may resubmit and discard it. */
  readonly may: boolean;
};

export const isLive = (run: Pick<Run, 'state'>): boolean => !isFinal(run.state);
