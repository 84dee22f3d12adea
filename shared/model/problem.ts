import { ERRORS, type ErrorCode } from '../errors/codes.ts';
import { type Failure, KilnError } from '../errors/failure.ts';

/** One reason why a template cannot work, as people need it: where, with which value, why, and what to do. */
export type Problem = {
  readonly code: ErrorCode;
  /** JSON pointer into the template. */
  readonly target: string;
  readonly value: string;
  /** A sentence. */
  readonly why: string;
  /** A sentence. */
  readonly remedy: string;
};

/** Problems that are in the message too, for clients that show nothing else. */
const SHOWN = 10;

export function asFailure({ code, target, why, remedy }: Problem): Failure {
  return { code, message: remedy === '' ? why : `${why} ${remedy}`, target };
}

/** Refusals whose sentence says what is wrong and leaves what to do to the catalogue. */
const SILENT: readonly ErrorCode[] = ['SourceNotFound', 'UrlNotAllowed'];

/** Something that a look-up has refused, in its words. */
export function asProblem({ code, message, target = '' }: Failure): Problem {
  return { code, target, value: '', why: message, remedy: SILENT.includes(code) ? ERRORS[code].remedy : '' };
}

/** Throws all of them at once, under the code of the first; each is in `details` with its pointer. */
export function assertNone(problems: readonly Problem[]): void {
  const failures = problems.map(asFailure);
  const [first] = failures;
  if (first === undefined) return;
  const shown = failures.slice(0, SHOWN).map(({ target, message }) => `${target}: ${message}`);
  const more = failures.length > SHOWN ? ` And ${failures.length - SHOWN} more.` : '';
  const count = failures.length === 1 ? '' : `, for ${failures.length} reasons`;
  const message = `This cannot be built${count}. ${shown.join(' ')}${more}`;
  throw new KilnError({ ...first, message, details: failures });
}
