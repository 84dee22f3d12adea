import type { OrchestrationContext } from 'durable-functions';
import { deadlineWithin, HOUR } from '../../shared/build/time.ts';
import { type Failure, KilnError, type Result } from '../../shared/errors/failure.ts';
import type { RunOutput } from '../../shared/store/documents.ts';
import type { ResourceId } from '../../shared/template/model.ts';
import type { Input, Orchestrations } from '../activities/contract.ts';
import {
  asResult,
  call,
  carriedOut,
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
  const snapshot = () => call(df, 'start-snapshot', { plan, captured }, PATIENT);
  yield* carriedOut(df, plan.run, snapshot, { ...limits, id: 'snapshot' });
  // One copy of a disk at a time: the other regions are conflicts until it is their turn.
  const copy = () => call(df, 'start-snapshot-copy', { plan, region }, COPY_TURNS);
  yield* carriedOut(df, plan.run, copy, { ...limits, id: 'copy' });
  return yield* waitFor(df, 'check-snapshot-copy', { plan, region }, { ...limits, id: 'copied' });
}

type Limits = { readonly deadline: string; readonly onTimeout: 'CaptureFailed' };

function* create(df: Durable, input: Input<'start-managed-image'>, limits: Limits): Piece<void> {
  const creation = () => call(df, 'start-managed-image', input, PATIENT);
  yield* carriedOut(df, input.plan.run, creation, { ...limits, id: 'create' });
}

/** Azure can neither rename an image nor change what it holds: the name is free first, and for a moment nobody has it. */
function formerIsGone(imageId: string, failure: Failure): Failure {
  const message = `${failure.message} The former image ${imageId} was removed to make room for the new one and is gone.`;
  return { ...failure, message };
}

function* publish(df: Durable): Piece<RunOutput> {
  const input = inputOf<Publishing>(df);
  const { plan, target } = input;
  const limits = {
    deadline: deadlineWithin(df.currentUtcDateTime, HOUR),
    onTimeout: 'CaptureFailed',
  } as const;
  const elsewhere = target.location !== plan.location;
  // A copy may take hours, in which the former image shall be there. Instances that began before this rule go by the old one.
  const source = elsewhere && input.sourceFirst === true ? yield* copyToRegion(df, input) : undefined;
  const removal = yield* call(df, 'start-managed-image-removal', { plan, target });
  yield* finished(df, plan.run, removal, { ...limits, id: 'remove' });
  const more = elsewhere ? (source ?? (yield* copyToRegion(df, input))) : {};
  const replaces = removal.replaces === true;
  const made = yield* asResult(create(df, { ...input, ...more, replaces }, limits));
  if (!made.ok) throw new KilnError(replaces ? formerIsGone(target.imageId, made.error) : made.error);
  const output: RunOutput = {
    name: target.runOutputName,
    type: 'ManagedImage',
    state: 'Succeeded',
    artifactId: target.imageId,
  };
  yield* call(df, 'record-output', { run: plan.run, output });
  return output;
}
