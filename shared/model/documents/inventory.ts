import type { Inventory } from '../inventory.ts';
import type { RunId, Sha256 } from '../template.ts';
import type { Timestamp } from '../timestamp.ts';

/** `runs/<run id>/inventory.json`: what was in the machine after the last customizer. */
export type StoredInventory = {
  readonly schema: 1;
  readonly takenAt: Timestamp;
  /** As in the run: what a simulated machine says is made up. */
  readonly agent?: string;
  readonly inventory: Inventory;
  /** What the source had brought along, without its folders. Absent: nobody listed it. */
  readonly source?: Inventory;
};

/** Packages by what became of them. */
export type ChangeCounts = { readonly added: number; readonly removed: number; readonly changed: number };

/** What a run tells of its inventory without its being read. */
export type RunInventory = {
  /** SHA-256 of the canonical inventory. */
  readonly digest: Sha256;
  readonly packages: number;
  readonly services: number;
  readonly listening: number;
  /** Of the file system of the operating system. */
  readonly usedBytes: number;
  /** Against what the build began with. Absent: the source was not listed. */
  readonly sinceSource?: ChangeCounts;
  /** Against the newest image before it. Absent: there is none, or its inventory is not known. */
  readonly sinceLast?: ChangeCounts & { readonly runId: RunId };
};
