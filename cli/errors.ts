/** Exit codes are an interface: pipelines branch on them. Documented in docs/cli.md. */
export const EXIT = {
  succeeded: 0,
  failed: 1,
  /** Usage, a missing file, or input that the service refused. */
  refused: 2,
  partiallySucceeded: 3,
  canceled: 4,
  unreachable: 5,
  /** 128 + SIGINT: the command stopped watching, the run goes on. */
  detached: 130,
  /** 128 + SIGPIPE: nobody reads the result any more. */
  unread: 141,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

type Problem = {
  readonly exitCode: ExitCode;
  readonly message: string;
  /** The next command or action, in the imperative. */
  readonly remedy?: string;
  /** Stable code of the service, when it was the service that refused. */
  readonly code?: string;
  /** One line per further fact, for example a JSON pointer and what is wrong there. */
  readonly details?: readonly string[];
};

/** Everything the command says no with. Printed without a stack: the reader is a user, not a developer of Kiln. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly problem: Problem;

  constructor(problem: Problem, options?: { cause?: unknown }) {
    super(problem.message, options);
    this.problem = problem;
  }
}

/** Shorthand for wrong usage and wrong files. */
export function refuse(message: string, remedy?: string, details?: readonly string[]): CliError {
  return new CliError({
    exitCode: EXIT.refused,
    message,
    ...(remedy === undefined ? {} : { remedy }),
    ...(details === undefined ? {} : { details }),
  });
}
