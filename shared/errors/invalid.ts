import { type Failure, KilnError } from './failure.ts';

/** az and the portal show the message alone, so that the first problems must be in it too. */
const SHOWN = 10;

/** One error for all problems of a request; each is in `details` with its pointer. */
export function invalid(failures: readonly Failure[]): KilnError {
  const shown = failures
    .slice(0, SHOWN)
    .map(({ target, message }) => (target ? `${target}: ${message}` : message));
  const more = failures.length > SHOWN ? ` And ${failures.length - SHOWN} more.` : '';
  const count = failures.length === 1 ? 'one problem' : `${failures.length} problems`;
  const message = `Validation failed with ${count}. ${shown.join(' ')}${more}`;
  return new KilnError({ code: 'ValidationFailed', message, details: failures });
}
