import type { Timestamp } from '../timestamp.ts';

export type ProofKind = 'checks' | 'hygiene';
/** What a smoke boot asked: its step, and the log with the answers. */
export type SmokeProof = { readonly step: string; readonly log: string };

/** What was asked of a machine that boots the image, and what it has answered. */
export type Proof = {
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  readonly expected: string;
  readonly found: string;
};

/** `runs/<run id>/proofs/<kind>.json`. */
export type StoredProofs = { readonly schema: 1; readonly at: Timestamp; readonly proofs: readonly Proof[] };
