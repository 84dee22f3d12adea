import type { OrchestrationContext } from 'durable-functions';
import { KilnError, type Result } from '../../../shared/errors/failure.ts';
import type { Orchestrations } from '../../contract.ts';
import { asResult, call, type Durable, inputOf, PATIENT, type Piece, waitFor } from '../durable.convert.ts';

/** One blob of a VHD: a server-side copy, which the storage service goes on with by itself. */
export function* copyVhd(context: OrchestrationContext): Piece<Result<{ uri: string }>> {
  return yield* asResult(copyOne(context.df));
}

function* copyOne(df: Durable): Piece<{ uri: string }> {
  const { deadline, ...input } = inputOf<Orchestrations['copy-vhd'][0]>(df);
  yield* call(df, 'start-vhd-copy', input, PATIENT);
  const { plan, target, copy } = input;
  const limits = { deadline, onTimeout: 'CaptureFailed', id: 'copy' } as const;
  const copied = yield* asResult(waitFor(df, 'check-vhd-copy', { plan, target, copy }, limits));
  if (copied.ok) return copied.value;
  yield* asResult(call(df, 'discard-vhd-copy', { plan, target, copy }));
  throw new KilnError(copied.error);
}
