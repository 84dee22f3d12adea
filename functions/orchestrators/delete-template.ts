import type { OrchestrationContext } from 'durable-functions';
import { deadlineWithin } from '../../shared/model/time.ts';
import type { Deletion } from '../contract.ts';
import { asResult, call, inputOf, type Piece, waitFor } from './durable.convert.ts';
import { LIMITS } from './limits.ts';

/** Cancels what runs, waits for its clean-up, then removes the template. Images that were distributed stay. */
export function* deleteTemplate(context: OrchestrationContext): Piece<null> {
  const { df } = context;
  const deletion = inputOf<Deletion>(df);
  const { ref } = deletion;
  yield* asResult(call(df, 'request-cancel', { ref }));
  const limits = {
    deadline: deadlineWithin(df.currentUtcDateTime, LIMITS.templateRemoval),
    onTimeout: 'OperationNotAllowed',
    id: 'run',
  } as const;
  yield* asResult(waitFor(df, 'check-run-ended', { ref }, limits));
  return yield* call(df, 'remove-template', deletion);
}
