import type { OrchestrationContext } from 'durable-functions';
import { deadlineWithin, HOUR } from '../../shared/build/time.ts';
import type { Result } from '../../shared/errors/failure.ts';
import type { RunOutput } from '../../shared/store/documents.ts';
import type { Orchestrations } from '../activities/contract.ts';
import { asResult, call, type Durable, finished, inputOf, type Piece } from './durable.convert.ts';

/** A managed image of the template's is replaced, as AIB does; anybody else's is refused. */
export function* publishManagedImage(context: OrchestrationContext): Piece<Result<RunOutput>> {
  return yield* asResult(publish(context.df));
}

function* publish(df: Durable): Piece<RunOutput> {
  const input = inputOf<Orchestrations['publish-managed-image'][0]>(df);
  const { plan, target } = input;
  const limits = {
    deadline: deadlineWithin(df.currentUtcDateTime, HOUR),
    onTimeout: 'CaptureFailed',
  } as const;
  const removal = yield* call(df, 'start-managed-image-removal', { plan, target });
  yield* finished(df, plan.run, removal, { ...limits, id: 'remove' });
  const creation = yield* call(df, 'start-managed-image', input);
  yield* finished(df, plan.run, creation, { ...limits, id: 'create' });
  const output: RunOutput = {
    name: target.runOutputName,
    type: 'ManagedImage',
    state: 'Succeeded',
    artifactId: target.imageId,
  };
  yield* call(df, 'record-output', { run: plan.run, output });
  return output;
}
