import type { ErrorCode } from '../errors/codes.ts';
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

/** In the message of all of them; each is in `details`. */
const SHOWN = 10;

export function asFailure({ code, target, why, remedy }: Problem): Failure {
  return { code, message: remedy === '' ? why : `${why} ${remedy}`, target };
}

/** Something that was refused already, with its pointer and in words that say what to do. */
export function asProblem({ code, message, target = '' }: Failure, at = target): Problem {
  return { code, target: at, value: '', why: message, remedy: '' };
}

/** Throws all of them at once, under the code of the first. */
export function assertNone(problems: readonly Problem[]): void {
  const failures = problems.map(asFailure);
  const [first] = failures;
  if (first === undefined) return;
  if (failures.length === 1) throw new KilnError({ ...first, details: failures });
  const shown = failures.slice(0, SHOWN).map(({ message }) => message);
  const more = failures.length > SHOWN ? ` And ${failures.length - SHOWN} more.` : '';
  throw new KilnError({ code: first.code, message: `${shown.join(' ')}${more}`, details: failures });
}
