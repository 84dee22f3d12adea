import { type Failure, KilnError } from './failure.ts';

/** az and the portal show the message alone, so that the first problems must be in it too. */
const SHOWN = 10;

/** Details of one error. A body can have as many problems as it has values, and the answer must not grow with them. */
export const MOST_DETAILS = 50;

/** Characters of a message or a pointer: both may repeat a value of the body. */
const LONGEST = 1000;

/**
 * One error for all problems of a request; the first 50 are in `details`, each with its pointer. `more`: problems that
 * were found and not put into words.
 */
export function invalid(failures: readonly Failure[], more = 0): KilnError {
  const total = failures.length + more;
  const details = failures.slice(0, MOST_DETAILS).map(bounded);
  const shown = details
    .slice(0, SHOWN)
    .map(({ target, message }) => (target ? `${target}: ${message}` : message));
  const rest = total > SHOWN ? ` And ${total - SHOWN} more.` : '';
  const listed = total > MOST_DETAILS ? ` The first ${MOST_DETAILS} of ${total} are listed.` : '';
  const count = total === 1 ? 'one problem' : `${total} problems`;
  const message = `Validation failed with ${count}. ${shown.join(' ')}${rest}${listed}`;
  return new KilnError({ code: 'ValidationFailed', message, details });
}

function bounded(failure: Failure): Failure {
  const { message, target } = failure;
  return { ...failure, message: clipped(message), ...(target !== undefined && { target: clipped(target) }) };
}

const clipped = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
