import { ERRORS, type ErrorCode } from './codes.ts';

/** One thing that went wrong, as plain JSON: it crosses the durable boundary, the store and the API unchanged. */
export type Failure = {
  readonly code: ErrorCode;
  /** What happened, with the value that caused it. One or two sentences; never a secret, never a stack. */
  readonly message: string;
  /** JSON pointer into the template, or the ARM id of the resource. */
  readonly target?: string;
  /** Azure's own words, when Azure refused: its code, message and correlation id. */
  readonly azure?: { readonly code: string; readonly message: string; readonly correlationId?: string };
  readonly details?: readonly Failure[];
  /** What to do, where that is known better than from its code. */
  readonly remedy?: string;
  /** Whether it passes by itself, where that is known better than from its code. Never told to anybody. */
  readonly passing?: boolean;
  /** Milliseconds that the other side asked us to wait before the next attempt. */
  readonly retryAfterMs?: number;
  /** It was refused with many others, which must not all come back at the same moment. Never told to anybody. */
  readonly crowded?: true;
};

/** What an activity or a sub-orchestration hands back instead of throwing (durable-functions loses error codes). */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: Failure };

/** The one error class of the product. Everything thrown on purpose is one of these. */
export class KilnError extends Error {
  override readonly name = 'KilnError';
  readonly failure: Failure;

  constructor(failure: Failure, options?: { cause?: unknown }) {
    super(failure.message, options);
    this.failure = failure;
  }
}

/** True when the same call may succeed later without anybody changing anything. */
export function isRetryable(failure: Failure): boolean {
  return failure.passing ?? ERRORS[failure.code].retryable;
}

/** For a failure that is told: whether another attempt would have been worth it is over by then. */
export function settledFailure({
  passing: _passing,
  retryAfterMs: _wait,
  crowded: _crowded,
  ...failure
}: Failure): Failure {
  return failure;
}
