import type { RunId, TemplateRef } from '../template.ts';
import type { Timestamp } from '../timestamp.ts';

/** Everything that decides what comes out of a build. The same fingerprint gives the same image. */
export type Fingerprint = {
  /** Exact source, as `description` of the resolved source. */
  readonly source: string;
  /** SHA-256 of the template without scripts and refresh policy. */
  readonly template: string;
  /** SHA-256 of each script and file, by the name of its step. */
  readonly scripts: Readonly<Record<string, string>>;
  /** Version of Kiln. */
  readonly builder: string;
};

/** What the refresh timer knows of a template, `refresh.json` in its folder. */
export type RefreshState = {
  readonly schema: 1;
  readonly ref: TemplateRef;
  /** The last tick that was decided; what was due before it is done. */
  readonly checkedAt: Timestamp;
  /** Newest last, at most 100. */
  readonly decisions: readonly RefreshDecision[];
};

export type RefreshDecision = {
  readonly at: Timestamp;
  readonly decision: 'enqueued' | 'skipped' | 'waiting' | 'disabled' | 'enabled' | 'failed';
  /** In words. */
  readonly reason: string;
  readonly requestId?: RunId;
};
