import type { OrchestrationContext } from 'durable-functions';
import { deadlineWithin, HOUR } from '../../shared/build/time.ts';
import type { Deletion } from '../activities/contract.ts';
import { asResult, call, inputOf, type Piece, waitFor } from './durable.convert.ts';

/** Cancels what runs, waits for its clean-up, then removes the template. Images that were distributed stay. */
export function* deleteTemplate(context: OrchestrationContext): Piece<null> {
  const { df } = context;
  const deletion = inputOf<Deletion>(df);
  const { ref } = deletion;
  yield* asResult(call(df, 'request-cancel', { ref }));
  const limits = {
    deadline: deadlineWithin(df.currentUtcDateTime, 2 * HOUR),
    onTimeout: 'OperationNotAllowed',
    id: 'run',
  } as const;
  yield* asResult(waitFor(df, 'check-run-ended', { ref }, limits));
  return yield* call(df, 'remove-template', deletion);
}
