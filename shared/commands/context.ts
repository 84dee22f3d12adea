import type { Gate } from '../access/linked.ts';
import type { Principal } from '../model/principal.ts';
import type { UrlPolicy } from '../model/url-policy.ts';
import type { DurableEngine } from '../ports/engine.ts';
import type { Run } from '../model/documents/documents.ts';
import type { Store } from '../ports/store.ts';

/** What the commands of the product work with. HTTP, the queue and the timers bring it. */
export type CommandContext = {
  readonly store: Store;
  readonly engine: DurableEngine;
  readonly urls: UrlPolicy;
  readonly now: () => Date;
  /** Who asks; what is made here says so for good. */
  readonly actor: Principal;
  readonly gate: Gate;
  /** A line of the app's log. */
  readonly log: (line: string) => void;
  /** A GUID. */
  readonly newId: () => string;
  /** What the end of a run means to others; see `end-run.ts`. */
  readonly ended?: (run: Run) => Promise<void>;
};

/**
 * A claim without an instance is healed by whoever sees it, but not before its maker had the time to start the
 * instance: otherwise two requests at the same moment would both report the run as theirs.
 */
export const HEAL_AFTER_MS = 5_000;
