/**
 * What the command needs of Kiln's own resources (api-version 2026-11-01). Declared here and not shared with the app:
 * the command is a client like any other, and a newer service may answer with more than these fields.
 */

export const API_VERSION = '2026-11-01';

export type Failure = {
  readonly code: string;
  readonly message: string;
  readonly target?: string;
  readonly remedy?: string;
  /** The words of Azure, when it was Azure that refused. */
  readonly azure?: { readonly code: string; readonly message: string; readonly correlationId?: string };
  readonly details: readonly Failure[];
};

export const RUN_STATES = [
  'Running',
  'Canceling',
  'Succeeded',
  'PartiallySucceeded',
  'Failed',
  'Canceled',
] as const;
export type RunState = (typeof RUN_STATES)[number];

export type RegionResult = {
  readonly region: string;
  readonly state: string;
  readonly seconds: number;
  /** Of a ring with smoke boot. */
  readonly bootSeconds?: number;
  readonly error?: Failure;
};

export type RunOutput = {
  readonly name: string;
  readonly type: string;
  readonly state: string;
  readonly artifactId?: string;
  readonly artifactUri?: string;
  readonly regions: readonly RegionResult[];
  readonly error?: Failure;
};

export type Run = {
  readonly id: string;
  readonly state: RunState;
  readonly subState?: string;
  readonly startTime: string;
  readonly endTime?: string;
  readonly message: string;
  readonly reason?: string;
  readonly source?: string;
  readonly stagingGroup?: string;
  readonly vmSize?: string;
  readonly agent?: string;
  /** Set once cleanup has ended one way or another; the outcome is known before. */
  readonly cleanup?: string;
  /** When the machines go that a failed run has left for a look; `cleanup` is `kept` then. */
  readonly keptUntil?: string;
  /** Wishes of the template that the run did not carry out, each with the reason. */
  readonly notCarriedOut: readonly string[];
  readonly error?: Failure;
  readonly outputs: readonly RunOutput[];
  /** What is in its image, in numbers. */
  readonly inventory?: RunInventory;
};

export type ChangeCounts = { readonly added: number; readonly removed: number; readonly changed: number };
export type RunInventory = {
  readonly packages: number;
  readonly services: number;
  readonly listening: number;
  readonly sinceSource?: ChangeCounts;
  readonly sinceLast?: ChangeCounts;
};

export const PHASES = [
  'resolve',
  'stage',
  'install',
  'provision',
  'customize',
  'inventory',
  'generalize',
  'capture',
  'validate',
  'distribute',
  'clean up',
] as const;
export type Phase = (typeof PHASES)[number];

export const EVENTS = ['started', 'succeeded', 'failed', 'skipped', 'note'] as const;
export type TimelineEvent = (typeof EVENTS)[number];

export type TimelineEntry = {
  readonly id: string;
  readonly at: string;
  readonly phase: Phase;
  readonly step?: string;
  readonly event: TimelineEvent;
  readonly message?: string;
  readonly log?: string;
};

export type LogInfo = { readonly name: string; readonly bytes: number };

export type TemplateId = {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
};

/** True when nothing about the outcome of the run can change any more. */
export const isFinal = (state: RunState): boolean => state !== 'Running' && state !== 'Canceling';

/** Its outcome is known and its clean-up over, one way or another. Old runs that had made nothing never said so. */
export const hasSettled = ({
  state,
  cleanup,
  stagingGroup,
}: Pick<Run, 'state' | 'cleanup' | 'stagingGroup'>): boolean =>
  isFinal(state) && (cleanup !== undefined || stagingGroup === undefined);
