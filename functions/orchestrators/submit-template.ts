import type { OrchestrationContext } from 'durable-functions';
import type { Resolved, Submission } from '../contract.ts';
import { asResult, call, type Durable, inputOf, type Piece } from './durable.convert.ts';

/** What AIB does between `Creating` and `Succeeded`: pin scripts by content, resolve the source, say what is wrong. */
export function* submitTemplate(context: OrchestrationContext): Piece<null> {
  const { df } = context;
  const submission = inputOf<Submission>(df);
  const resolved = yield* asResult(prepare(df, submission));
  const result = resolved.ok ? resolved.value : { failure: resolved.error };
  return yield* call(df, 'finish-submission', { ...submission, ...result });
}

function* prepare(df: Durable, submission: Submission): Piece<Resolved> {
  yield* call(df, 'pin-scripts', submission);
  return yield* call(df, 'resolve-submission', submission);
}
