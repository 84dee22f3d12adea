import type { Failure } from '../../errors/failure.ts';
import type { RunId } from '../template.ts';
import type { Timestamp } from '../timestamp.ts';

/** A long-running operation of our own API, as its poll URL answers. */
export type Operation = {
  readonly schema: 1;
  /** Upper-case GUID, as the real service names them. */
  readonly id: string;
  readonly status: 'InProgress' | 'Succeeded' | 'Failed' | 'Canceled';
  readonly startTime: Timestamp;
  readonly endTime?: Timestamp;
  readonly error?: Failure;
  readonly templateId: string;
  /** For run operations: the run whose state this is. */
  readonly runId?: RunId;
  /** For cancel operations: the run that has to end. */
  readonly cancels?: RunId;
};
