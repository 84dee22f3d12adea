import type { Failure } from '../../errors/failure.ts';
import type { Principal } from '../principal.ts';
import type { ResourceId } from '../template.ts';
import type { UsedCheckpoint } from './checkpoints.ts';
import type { Run, RunEnd, RunOutput, RunState, RunSubState, Timestamp } from './documents.ts';

/**
 * The states that a run goes through, each a change with a name and nothing else, as in head.ts. Undefined: there is
 * nothing to change.
 */

const ENDED: readonly RunState[] = ['Succeeded', 'PartiallySucceeded', 'Failed', 'Canceled'];

/** The message of the real service, recorded. */
export const CANCELING = 'Canceling image build';

export function isOver(run: Pick<Run, 'state'>): boolean {
  return ENDED.includes(run.state);
}

type Planned = Pick<Run, 'source' | 'fingerprint' | 'stagingGroup'> & {
  readonly notCarriedOut: readonly string[];
};

/** It is known what is built of what, and where. */
export function planned(run: Run, { notCarriedOut, ...plan }: Planned): Run {
  return { ...run, ...plan, ...(notCarriedOut.length > 0 && { notCarriedOut }) };
}

/** It has come further, in the words of AIB's clients. */
export function furthered(run: Run, subState: RunSubState): Run | undefined {
  return run.endTime === undefined && run.subState !== subState ? { ...run, subState } : undefined;
}

/** What is noted of the machine that it builds in. */
export function onMachine(run: Run, fact: Pick<Run, 'vmSize'> | Pick<Run, 'agent'>): Run | undefined {
  const isKnown = Object.entries(fact).every(
    ([name, value]) => run[name === 'agent' ? 'agent' : 'vmSize'] === value,
  );
  return isKnown ? undefined : { ...run, ...fact };
}

/** What its machine was made of: a checkpoint, or the source, perhaps after a checkpoint that did not come up. */
export function begunWith(run: Run, used: UsedCheckpoint | undefined): Run | undefined {
  if (used === undefined && run.checkpoint === undefined) return undefined;
  const { checkpoint: _before, ...rest } = run;
  return { ...rest, ...(used && { checkpoint: used }) };
}

/** It is known what is in the image. */
export function listed(run: Run, inventory: NonNullable<Run['inventory']>): Run {
  return { ...run, inventory };
}

/** A target has its image, or has none for good; a later word on the same target replaces the earlier one. */
export function withOutput(run: Run, output: RunOutput): Run {
  return { ...run, outputs: [...run.outputs.filter(({ name }) => name !== output.name), output] };
}

/** It takes an image of ours away to write it anew. */
export function replacing(run: Run, imageId: ResourceId): Run {
  return { ...run, replacing: [...new Set([...(run.replacing ?? []), imageId])] };
}

/** One VHD target may read the disk at a time. */
export function withReader(run: Run, target: number): Run | undefined {
  return run.diskReader === undefined ? { ...run, diskReader: target } : undefined;
}

export function withoutReader({ diskReader, ...run }: Run): Run | undefined {
  return diskReader === undefined ? undefined : run;
}

/** `by` absent: whoever made the template go did not say. */
export type CancelRequest = { readonly at: Timestamp; readonly by?: Principal };

/** The run has been asked to end. */
export function canceling(run: Run, { at, by }: CancelRequest): Run | undefined {
  if (isOver(run) || run.cancelRequestedAt !== undefined) return undefined;
  const { subState: _subState, ...rest } = run;
  const asked = { cancelRequestedAt: at, ...(by && { canceledBy: by }) };
  return { ...rest, state: 'Canceling', message: CANCELING, ...asked };
}

export type Ending = {
  readonly state: RunState;
  readonly message: string;
  readonly failure?: Failure;
  readonly endedAt: Timestamp;
  /** Of a run that nobody is left to clean up after. */
  readonly cleanup?: Run['cleanup'];
};

/** The run is over; the first end counts. */
export function ended(run: Run, { state, message, failure, endedAt, cleanup }: Ending): Run | undefined {
  if (run.endTime !== undefined) return undefined;
  const { subState: _subState, ...rest } = run;
  // Clients of the official api-versions see nothing of a run but its message.
  const told = [message, ...(rest.notCarriedOut ?? [])].filter((part) => part !== '').join(' ');
  const end = { state, message: told, endTime: endedAt, ...(failure && { error: failure }) };
  return { ...rest, ...end, ...(cleanup && { cleanup }) };
}

type CleanedUp = Pick<Run, 'keptUntil' | 'retryUntil'> & { readonly cleanup: NonNullable<Run['cleanup']> };

/** How the clean-up went. Cleaned up means that there is nothing left to retry from. */
export function cleanedUp(run: Run, { cleanup, keptUntil, retryUntil }: CleanedUp): Run | undefined {
  if (run.cleanup === cleanup) return undefined;
  const { retryUntil: _retryUntil, ...rest } = run;
  const kept = cleanup === 'kept' ? run : rest;
  return { ...kept, cleanup, ...(keptUntil && { keptUntil }), ...(retryUntil && { retryUntil }) };
}

/** What is kept may stay until then, and be retried from for as long. */
export function keptLonger(run: Run, until: Timestamp): Run {
  return { ...run, keptUntil: until, ...(run.retryUntil !== undefined && { retryUntil: until }) };
}

/** What was kept goes before its time; the janitor says when it is gone. */
export function released(run: Run, at: Timestamp): Run {
  const { keptUntil: _until, retryUntil: _retry, ...rest } = run;
  return { ...rest, cleanup: 'deferred', releasedAt: at };
}

/** The janitor has made good what was put off. */
export function sweptUp(run: Run): Run | undefined {
  return run.cleanup === 'deferred' ? { ...run, cleanup: 'done' } : undefined;
}

/** The same run, running again. How it had ended stays with it: not everybody may have been told. */
export function reopened(run: Run, attempt: number): Run | undefined {
  if ((run.attempt ?? 0) >= attempt) return undefined;
  const { endTime: _end, error: _error, cleanup: _cleanup, cancelRequestedAt: _cancel, ...open } = run;
  const { diskReader: _reader, replacing: _replacing, releasedAt: _released, ...rest } = open;
  const earlierEnds = [...(run.earlierEnds ?? []), endOf(run)];
  return { ...rest, attempt, earlierEnds, state: 'Running', subState: 'Distributing', message: '' };
}

function endOf(run: Run): RunEnd {
  const { state, message, startTime, endTime, error, outputs, source, attempt, inventory } = run;
  return {
    state,
    message,
    startTime,
    outputs,
    ...(endTime !== undefined && { endTime }),
    ...(error && { error }),
    ...(source !== undefined && { source }),
    ...(attempt !== undefined && { attempt }),
    ...(inventory && { inventory }),
  };
}
