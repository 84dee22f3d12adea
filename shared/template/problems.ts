import type { Failure } from '../errors/failure.ts';
import { MOST_DETAILS } from '../errors/invalid.ts';
import type { CheckError } from './check-shape.ts';
import { type Checked, explain, targetOf } from './explain.ts';

/** What is wrong with a body, and how many problems there are beyond those that were put into words. */
export type Problems = { readonly failures: readonly Failure[]; readonly more: number };

/**
 * What the checker found besides what is known already. A placeholder in an id also makes a bad id: one message for each
 * field is enough. Words take longer than the check, so that there are words for those alone that are told.
 */
export function problemsOf(
  known: readonly Failure[],
  errors: readonly CheckError[],
  checked: Checked,
): Problems {
  const seen = new Set(known.map(({ target }) => target ?? ''));
  const first = errors.filter((error) => {
    const target = targetOf(error);
    const isNew = !seen.has(target);
    seen.add(target);
    return isNew;
  });
  const told = first.slice(0, Math.max(0, MOST_DETAILS - known.length));
  const failures = [...known, ...told.map((error) => explain(error, checked))];
  return { failures, more: first.length - told.length };
}
