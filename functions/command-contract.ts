import type { Place } from '../shared/guest/batch-output.ts';
import type { Timestamp } from '../shared/model/documents/documents.ts';

/** What looks at a command that runs have found so far; the next look is given it. */
export type Seen = {
  /** Fingerprint of the command's view. */
  readonly state: string;
  readonly since: Timestamp;
  /** When the view was last another one. */
  readonly movedAt: Timestamp;
  /** What is asked next beside the command, and when. */
  readonly turn: 'machine' | 'script' | 'log';
  readonly askAt: Timestamp;
  readonly rounds: number;
  readonly agentAwaySince?: Timestamp;
  /** A command that asks whether the script still runs. */
  readonly pulse?: { readonly name: string; readonly answered: boolean };
  /** The script's process is not there any more. */
  readonly gone?: 'dead' | 'absent';
  /** Of a batch: what has been made of its output. */
  readonly batch?: BatchSeen;
  /** The command has ended, and its log has been waited for since then. */
  readonly lateSince?: Timestamp;
};

/** A step that has ended well, and when. */
export type StepMoment = { readonly index: number; readonly at: Timestamp };
export type BatchSeen = {
  /** How far each stream has been handed to the logs of the steps. */
  readonly output: Place;
  readonly error: Place;
  readonly ended: readonly StepMoment[];
  /** The machine has listed what is in it. */
  readonly listed?: true;
  /** The command has ended, and its log has not arrived whole. */
  readonly late?: true;
};
/** How the steps of a batch ended: those that are not named come after the one that failed. */
export type BatchEnd = Pick<BatchSeen, 'ended' | 'listed' | 'late'>;

/** How one run command ended. */
export type CommandOutcome = {
  readonly exitCode: number;
  readonly timedOut: boolean;
  /** By a signal before its limit. */
  readonly killed?: true;
  /** A question to the machine that is still to be removed. */
  readonly pulse?: string;
  /** Last lines, at most 4 KiB. */ readonly tail: string;
  /** Of a batch only. */
  readonly batch?: BatchEnd;
};
