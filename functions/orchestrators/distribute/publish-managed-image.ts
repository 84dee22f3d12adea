import type { OrchestrationContext } from 'durable-functions';
import { deadlineWithin } from '../../../shared/model/time.ts';
import { type Failure, KilnError, type Result } from '../../../shared/errors/failure.ts';
import type { RunOutput } from '../../../shared/model/documents/documents.ts';
import type { Input, Orchestrations } from '../../contract.ts';
import { copyDisk } from './copy-disk.ts';
import {
  asResult,
  call,
  carriedOut,
  type Durable,
  inputOf,
  PATIENT,
  type Piece,
} from '../durable.convert.ts';
import { LIMITS } from '../limits.ts';

/** A managed image of the template's is replaced, as AIB does; anybody else's is refused. */
export function* publishManagedImage(context: OrchestrationContext): Piece<Result<RunOutput>> {
  return yield* asResult(publish(context.df));
}

type Publishing = Orchestrations['publish-managed-image'][0];

type Limits = { readonly deadline: string; readonly onTimeout: 'CaptureFailed' };

function* create(df: Durable, input: Input<'start-managed-image'>, limits: Limits, id: string): Piece<void> {
  const creation = () => call(df, 'start-managed-image', input, PATIENT);
  yield* carriedOut(df, input.plan.run, creation, { ...limits, id: `create${id}` });
}

/** Azure can neither rename an image nor change what it holds: the name is free first, and for a moment nobody has it. */
function formerIsGone(imageId: string, failure: Failure): Failure {
  const message = `${failure.message} The former image ${imageId} was removed to make room for the new one and is gone.`;
  return { ...failure, message };
}

/** From now: a copy in between has its own. */
function limitsOf(df: Durable): Limits {
  return { deadline: deadlineWithin(df.currentUtcDateTime, LIMITS.image), onTimeout: 'CaptureFailed' };
}

function* publish(df: Durable): Piece<RunOutput> {
  const input = inputOf<Publishing>(df);
  const { plan, target } = input;
  yield* replace(df, input);
  const output: RunOutput = {
    name: target.runOutputName,
    type: 'ManagedImage',
    state: 'Succeeded',
    artifactId: target.imageId,
  };
  yield* call(df, 'record-output', { run: plan.run, output }, PATIENT);
  return output;
}

/**
 * Makes room for the image and makes it. A name that was free and is taken is looked at again, once: Azure has not found for a moment
 * what was there, and only a look at the former image says whose it is.
 */
function* replace(df: Durable, input: Publishing): Piece<void> {
  const { plan, target } = input;
  const elsewhere = target.location !== plan.location;
  const copy = () => copyDisk(df, { ...input, region: target.location });
  // A copy may take hours, in which the former image shall be there. Instances that began before this rule go by the old one.
  let source = elsewhere && input.sourceFirst === true ? yield* copy() : undefined;
  for (const id of ['', '-found-later']) {
    const remove = () => call(df, 'start-managed-image-removal', { plan, target });
    const removal = yield* carriedOut(df, plan.run, remove, { ...limitsOf(df), id: `remove${id}` });
    if (elsewhere) source ??= yield* copy();
    const replaces = removal.replaces === true;
    const made = yield* asResult(create(df, { ...input, ...source, replaces }, limitsOf(df), id));
    if (made.ok) return;
    if (replaces) throw new KilnError(formerIsGone(target.imageId, made.error));
    if (made.error.code !== 'NotOurs' || id !== '') throw new KilnError(made.error);
  }
}
