import type { RunId, TemplateRef } from '../model/template.ts';
import type { Timestamp } from '../model/documents/documents.ts';

/** What of the runs of a template may go before it does. */
export interface RunHistory {
  /** Runs of a template that began before, the newest first. */
  startedBefore(ref: TemplateRef, before: Date): Promise<RunId[]>;
  /** False when there were none. */
  removeLogs(ref: TemplateRef, id: RunId): Promise<boolean>;
  /** The run with all that is kept of it; absent is success. */
  remove(ref: TemplateRef, id: RunId): Promise<void>;
}

/** A time that is noted. */
export type Mark = {
  get(): Promise<Timestamp | undefined>;
  put(until: Timestamp): Promise<void>;
};
