import type { Inventory } from '../../model/inventory.ts';
import type { RunId } from '../../model/template.ts';
import type { Timestamp } from '../../model/timestamp.ts';

/** What a bill of materials is of. */
export type BillOf = {
  /** Name of the template. */
  readonly name: string;
  /** Of the gallery version where there is one. Absent: the image has only its run to be named by. */
  readonly version?: string;
  readonly runId: RunId;
  readonly takenAt: Timestamp;
  /** A simulated machine has made the inventory up. */
  readonly simulated: boolean;
  readonly inventory: Inventory;
};

export const SIMULATED = 'Made up by a simulated machine: no such image exists.';
