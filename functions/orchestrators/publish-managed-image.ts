import type { OrchestrationContext } from 'durable-functions';
import { deadlineWithin, HOUR } from '../../shared/build/time.ts';
import type { Result } from '../../shared/errors/failure.ts';
import type { RunOutput } from '../../shared/store/documents.ts';
import type { Orchestrations } from '../activities/contract.ts';
import { copyDisk } from './copy-disk.ts';
import { asResult, call, type Durable, finished, inputOf, PATIENT, type Piece } from './durable.convert.ts';

/** A managed image of the template's is replaced, as AIB does; anybody else's is refused. */
export function* publishManagedImage(context: OrchestrationContext): Piece<Result<RunOutput>> {
  return yield* asResult(publish(context.df));
}

type Publishing = Orchestrations['publish-managed-image'][0];

function* publish(df: Durable): Piece<RunOutput> {
  const input = inputOf<Publishing>(df);
  const { plan, target } = input;
  const removal = yield* call(df, 'start-managed-image-removal', { plan, target });
  yield* finished(df, plan.run, removal, { ...limits(df), id: 'remove' });
  const elsewhere = target.location !== plan.location;
  const more = elsewhere ? yield* copyDisk(df, { ...input, region: target.location }) : {};
  const creation = yield* call(df, 'start-managed-image', { ...input, ...more }, PATIENT);
  yield* finished(df, plan.run, creation, { ...limits(df), id: 'create' });
  const output: RunOutput = {
    name: target.runOutputName,
    type: 'ManagedImage',
    state: 'Succeeded',
    artifactId: target.imageId,
  };
  yield* call(df, 'record-output', { run: plan.run, output });
  return output;
}

/** From now: the copy in between has its own. */
function limits(df: Durable) {
  return { deadline: deadlineWithin(df.currentUtcDateTime, HOUR), onTimeout: 'CaptureFailed' } as const;
}
