import type { Failure } from '../../errors/failure.ts';
import type { Principal } from '../principal.ts';
import type { RunId, TemplateRef } from '../template.ts';
import type { Redistribution, Run, RunSubState, TemplateHead, Timestamp } from './documents.ts';
import { CANCELING } from './run.ts';
import { summaryOf } from './summary.ts';

/**
 * The states that a template goes through, each a change with a name and nothing else: whoever moves one on takes the same
 * step as everybody, and writes it down by himself. Undefined: there is nothing to change. A lint rule keeps other changes
 * of stored heads out.
 */

export type Submitted = Pick<
  TemplateHead,
  'body' | 'bodyApiVersion' | 'operationId' | 'changedAt' | 'changedBy'
> & {
  /** Checksums of the revision before hold on. */
  readonly keepsPins?: boolean;
};

/** A template that was not there before. */
export function created(ref: TemplateRef, { keepsPins: _keeps, ...content }: Submitted): TemplateHead {
  const { changedAt: createdAt, changedBy } = content;
  const by = changedBy && { createdBy: changedBy };
  return { schema: 1, ref, revision: 1, provisioningState: 'Creating', createdAt, ...by, ...content };
}

/** Another body for a template that is there; what was found out about the one before no longer holds. */
export function resubmitted(old: TemplateHead, { keepsPins, ...content }: Submitted): TemplateHead {
  const { provisioningError: _error, exactVersion: _version, pinsFrom: _pins, ...kept } = old;
  const { notCarriedOut: _notes, warnings: _warnings, pins: _checksums, ...rest } = kept;
  return {
    ...withoutFailures(rest),
    revision: old.revision + 1,
    provisioningState: 'Updating',
    ...content,
    ...(keepsPins === true && { pinsFrom: old.revision }),
  };
}

export type Accepted = Pick<
  TemplateHead,
  'exactVersion' | 'identities' | 'notCarriedOut' | 'warnings' | 'pins'
> & {
  readonly failure?: Failure;
};

/** The submission is over: the template may be built, or `failure` says why it never can. */
export function accepted(head: TemplateHead, found: Accepted): TemplateHead {
  const { failure, exactVersion, identities = [], notCarriedOut = [], warnings = [], pins = {} } = found;
  const { provisioningError: _error, exactVersion: _version, identities: _identities, ...rest } = head;
  const { notCarriedOut: _notes, warnings: _warnings, ...kept } = rest;
  return {
    ...kept,
    provisioningState: failure === undefined ? 'Succeeded' : 'Failed',
    ...(failure && { provisioningError: failure }),
    ...(exactVersion && { exactVersion }),
    ...(identities.length > 0 && { identities }),
    ...(notCarriedOut.length > 0 && { notCarriedOut }),
    ...(warnings.length > 0 && { warnings }),
    ...(Object.keys(pins).length > 0 && { pins }),
  };
}

type Removal = Pick<TemplateHead, 'operationId' | 'changedAt' | 'changedBy'> & {
  /** A submission that has not ended, and ends with the template. */
  readonly submission?: string;
};

/** The template goes. */
export function deleting(head: TemplateHead, removal: Removal): TemplateHead {
  return { ...head, provisioningState: 'Deleting', ...removal };
}

type Claim = {
  readonly id: RunId;
  readonly startTime: Timestamp;
  readonly subState?: RunSubState;
  readonly redistribution?: Redistribution;
  /** Absent: it stands in the request that the run is the answer to. */
  readonly requestedBy?: Principal;
  readonly noCache?: true;
};

/** The template is held by a run. An older run that is distributed again is not its newest one. */
export function claimed(head: TemplateHead, claim: Claim): TemplateHead {
  const { id, startTime, subState = 'Queued', redistribution, requestedBy, noCache } = claim;
  const lastRun = { id, state: 'Running', subState, startTime, message: '' } as const;
  const { requestedBy: _before, noCache: _cache, ...free } = head;
  const who = { ...(requestedBy && { requestedBy }), ...(noCache && { noCache }) };
  if (redistribution === undefined) return { ...free, activeRun: id, lastRun, ...who };
  const isNewest = head.lastRun?.id === id;
  return { ...head, activeRun: id, redistribution, ...(isNewest && { lastRun }) };
}

/** How far its run is by now, for whoever looks; that is stored with the run alone. */
export function progressed(head: TemplateHead, run: Run): TemplateHead {
  return { ...head, lastRun: summaryOf(run) };
}

/** The run has planned where it builds. */
export function staged(head: TemplateHead, runId: RunId, group: string): TemplateHead | undefined {
  return head.activeRun === runId ? { ...head, exactStagingResourceGroup: group } : undefined;
}

/** The template shows that its run has been asked to end. */
export function headCanceling(head: TemplateHead, runId: RunId): TemplateHead | undefined {
  if (head.activeRun !== runId || head.lastRun?.state !== 'Running') return undefined;
  const { subState: _subState, ...lastRun } = head.lastRun;
  return { ...head, lastRun: { ...lastRun, state: 'Canceling', message: CANCELING } };
}

/** The template is free again and knows how its newest run ended; `run` is absent when it never came to be. */
export function released(head: TemplateHead, runId: RunId, run: Run | undefined): TemplateHead | undefined {
  if (head.activeRun !== runId) return undefined;
  const { activeRun: _activeRun, redistribution: _redistribution, ...rest } = head;
  if (run === undefined || rest.lastRun?.id !== runId) return rest;
  return { ...withOutcome(rest, run), lastRun: summaryOf(run) };
}

/** Those that wait for the template, in another order or number. */
export function withLine(head: TemplateHead, line: NonNullable<TemplateHead['line']>): TemplateHead {
  const { line: _line, ...rest } = head;
  return line.length === 0 ? rest : { ...rest, line };
}

/** It failed too often to be built again by itself, until somebody changes it or a run of it succeeds. */
export function disabled(
  head: TemplateHead,
  refreshDisabled: NonNullable<TemplateHead['refreshDisabled']>,
): TemplateHead | undefined {
  const isDue = head.refreshDisabled === undefined && (head.failures ?? 0) > 0;
  return isDue ? { ...head, refreshDisabled } : undefined;
}

/** A head after one of its runs ended: what was built, and how many failures there are in a row. */
export function withOutcome(
  head: TemplateHead,
  { id, state, endTime, startTime, fingerprint }: Run,
): TemplateHead {
  const at = endTime ?? startTime;
  if (state === 'Failed') return { ...head, failures: (head.failures ?? 0) + 1 };
  if (state === 'Canceled') return head;
  const built = fingerprint === undefined ? head.built : { runId: id, at, fingerprint };
  // What only some regions have is built, so that it is not built again and again; it is no proof of health.
  const next = state === 'Succeeded' ? withoutFailures(head) : head;
  return { ...next, ...(built && { built }) };
}

/** A head that may be refreshed again: its failures are forgotten. */
function withoutFailures<Head extends Pick<TemplateHead, 'failures' | 'refreshDisabled'>>(
  head: Head,
): Omit<Head, 'failures' | 'refreshDisabled'> {
  const { failures: _failures, refreshDisabled: _disabled, ...rest } = head;
  return rest;
}
