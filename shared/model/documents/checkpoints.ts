import type { ResourceId, RunId } from '../template.ts';
import type { Timestamp } from '../timestamp.ts';

/** A machine as it was after a customizer, kept for later builds of its template. */
export type Checkpoint = {
  /** Of everything that went into it: shared/planning/checkpoint-keys.ts. */
  readonly key: string;
  readonly snapshotId: ResourceId;
  /** That made it. */
  readonly runId: RunId;
  readonly savedAt: Timestamp;
  readonly expires: Timestamp;
  /** That its steps took, those of the checkpoint that it was made on included. */
  readonly seconds: number;
};

/** `checkpoints.json` of a template, newest first. What is in it may be gone: it is asked for before it is used. */
export type CheckpointBook = { readonly schema: 1; readonly checkpoints: readonly Checkpoint[] };

/** What a run tells of the one that its machine began with. */
export type UsedCheckpoint = {
  /** Name and number, from 1, of the customizer after which it was made. */
  readonly step: string;
  readonly number: number;
  /** That made it. */
  readonly runId: RunId;
  readonly savedAt: Timestamp;
  /** SHA-256 of what it was made of. */
  readonly key: string;
  /** That were saved. */
  readonly seconds: number;
};
