import type { Actor } from '../principal.ts';
import type { Timestamp } from '../timestamp.ts';

export const AUDIT_ACTIONS = [
  'template.write',
  'template.delete',
  'run.start',
  'run.cancel',
  'run.retry',
  'run.distribute',
  'run.approve',
  'run.keep',
  'run.release',
  'request.resubmit',
  'request.discard',
  'trigger.write',
  'trigger.delete',
  'output.download',
  'artifact.write',
  'artifact.delete',
  'access.change',
  'drain.start',
  'drain.end',
  'janitor.remove',
] as const;

/**
 * One change and who asked for it: a line of `audit/<day>/<hour>.jsonl`, which outlives what it is about. Written at least
 * once, before the work begins; readers keep one of each id. No bodies and no parameters: those may hold anything.
 */
export type AuditEntry = {
  readonly id: string;
  readonly at: Timestamp;
  readonly action: (typeof AUDIT_ACTIONS)[number];
  /** ARM id of what was changed. */
  readonly resource: string;
  readonly by: Actor;
  readonly revision?: number;
  readonly runId?: string;
  /** In words: which ring was approved, why a run was started. */
  readonly detail?: string;
};
