import type { Principal } from '../access/principal.ts';
import type { Failure } from '../errors/failure.ts';
import { counted } from '../refresh/count.ts';
import type {
  Redistribution,
  Run,
  RunState,
  RunSubState,
  TemplateHead,
  Timestamp,
} from '../store/documents.ts';
import { summaryOf } from '../store/summary.ts';
import type { RunId } from '../template/model.ts';

/**
 * The states that a run and its template go through, each a change with a name and nothing else: whoever moves one on
 * takes the same step as everybody, and writes it down by himself. Undefined: there is nothing to change.
 */

const ENDED: readonly RunState[] = ['Succeeded', 'PartiallySucceeded', 'Failed', 'Canceled'];

/** The message of the real service, recorded. */
const CANCELING = 'Canceling image build';

export function isOver(run: Pick<Run, 'state'>): boolean {
  return ENDED.includes(run.state);
}

type Claim = {
  readonly id: RunId;
  readonly startTime: Timestamp;
  readonly subState?: RunSubState;
  readonly redistribution?: Redistribution;
  /** Absent: it stands in the request that the run is the answer to. */
  readonly requestedBy?: Principal;
};

/** The template is held by a run. An older run that is distributed again is not its newest one. */
export function claimed(head: TemplateHead, claim: Claim): TemplateHead {
  const { id, startTime, subState = 'Queued', redistribution, requestedBy } = claim;
  const lastRun = { id, state: 'Running', subState, startTime, message: '' } as const;
  const { requestedBy: _before, ...free } = head;
  const who = requestedBy && { requestedBy };
  if (redistribution === undefined) return { ...free, activeRun: id, lastRun, ...who };
  const isNewest = head.lastRun?.id === id;
  return { ...head, activeRun: id, redistribution, ...(isNewest && { lastRun }) };
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

/** The template shows that its run has been asked to end. */
export function headCanceling(head: TemplateHead, runId: RunId): TemplateHead | undefined {
  if (head.activeRun !== runId || head.lastRun?.state !== 'Running') return undefined;
  const { subState: _subState, ...lastRun } = head.lastRun;
  return { ...head, lastRun: { ...lastRun, state: 'Canceling', message: CANCELING } };
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

/** The template is free again and knows how its newest run ended; `run` is absent when it never came to be. */
export function released(head: TemplateHead, runId: RunId, run: Run | undefined): TemplateHead | undefined {
  if (head.activeRun !== runId) return undefined;
  const { activeRun: _activeRun, redistribution: _redistribution, ...rest } = head;
  if (run === undefined || rest.lastRun?.id !== runId) return rest;
  return { ...counted(rest, run), lastRun: summaryOf(run) };
}
