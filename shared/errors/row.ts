/** A row of the error catalogue; docs/errors.md is generated from this table and a test compares the two. */
export type ErrorRow = {
  /** HTTP status when the error answers a request. */
  readonly status: number;
  readonly retryable: boolean;
  readonly cause: string;
  readonly remedy: string;
};

export const row = (status: number, retryable: boolean, cause: string, remedy: string): ErrorRow => ({
  status,
  retryable,
  cause,
  remedy,
});
