import type { RunId, TemplateRef } from '../template.ts';
import type { Timestamp } from '../timestamp.ts';

/**
 * What a run makes in Azure, `ledger/<subscription>/<run id>.json`: written before it is made, and there when run and
 * template are gone. The janitor removes what stands here and nothing else, whatever tags it has.
 */
export type LedgerEntry = {
  readonly schema: 1;
  readonly ref: TemplateRef;
  readonly runId: RunId;
  readonly stagingGroup: string;
  /** The run has made the group, so that it may go as a whole. Otherwise the ids in `resources` may. */
  readonly ownsGroup: boolean;
  /** In lower case, of what it made in a group of the user's. Absent: the run is older than the ledger. */
  readonly resources?: readonly string[];
  /** It may stay until then, or until what its tag says when that is later. */
  readonly expires: Timestamp;
  /** Group with its checkpoints, which goes as a whole when their time is over. Absent: it has kept none. */
  readonly cache?: { readonly group: string; readonly expires: Timestamp };
};

/** The access policy that was seen last, `access.json`. */
export type AccessNote = { readonly schema: 1; readonly sha256: string; readonly at: Timestamp };
