import type { OrchestrationContext } from 'durable-functions';
import { deadlineWithin, HOUR } from '../../shared/build/time.ts';
import type { Result } from '../../shared/errors/failure.ts';
import type { RunOutput } from '../../shared/store/documents.ts';
import type { ResourceId } from '../../shared/template/model.ts';
import type { Orchestrations } from '../activities/contract.ts';
import {
  asResult,
  call,
  type Durable,
  finished,
  inputOf,
  PATIENT,
  type Piece,
  waitFor,
} from './durable.convert.ts';

/** Attempts at the most two minutes apart: the copies before this one may take an hour and a half. */
const COPY_TURNS = 45;

/** A managed image of the template's is replaced, as AIB does; anybody else's is refused. */
export function* publishManagedImage(context: OrchestrationContext): Piece<Result<RunOutput>> {
  return yield* asResult(publish(context.df));
}

type Publishing = Orchestrations['publish-managed-image'][0];

/** A machine can be captured in its own region only; elsewhere the image is made of a copied snapshot of its disk. */
function* copyToRegion(
  df: Durable,
  { plan, target, captured }: Publishing,
): Piece<{ snapshotId: ResourceId }> {
  const region = target.location;
  // Copies between regions are best effort and may take hours.
  const limits = {
    deadline: deadlineWithin(df.currentUtcDateTime, 12 * HOUR),
    onTimeout: 'CaptureFailed',
  } as const;
  const snapshot = yield* call(df, 'start-snapshot', { plan, captured }, PATIENT);
  yield* finished(df, plan.run, snapshot, { ...limits, id: 'snapshot' });
  // One copy of a disk at a time: the other regions are conflicts until it is their turn.
  const copy = yield* call(df, 'start-snapshot-copy', { plan, region }, COPY_TURNS);
  yield* finished(df, plan.run, copy, { ...limits, id: 'copy' });
  return yield* waitFor(df, 'check-snapshot-copy', { plan, region }, { ...limits, id: 'copied' });
}

function* publish(df: Durable): Piece<RunOutput> {
  const input = inputOf<Publishing>(df);
  const { plan, target } = input;
  const limits = {
    deadline: deadlineWithin(df.currentUtcDateTime, HOUR),
    onTimeout: 'CaptureFailed',
  } as const;
  const removal = yield* call(df, 'start-managed-image-removal', { plan, target });
  yield* finished(df, plan.run, removal, { ...limits, id: 'remove' });
  const elsewhere = target.location !== plan.location;
  const more = elsewhere ? yield* copyToRegion(df, input) : {};
  const creation = yield* call(df, 'start-managed-image', { ...input, ...more }, PATIENT);
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
