import type { Phase, Run, TimelineEntry, Timestamp } from '../model/documents/documents.ts';

export type SpanState = 'running' | 'succeeded' | 'failed' | 'skipped' | 'waiting' | 'stopped';

/** A phase, a step of it, or a region of a target: one bar of a picture of the run. */
export type Span = {
  readonly phase: Phase;
  readonly step?: string;
  readonly region?: string;
  readonly state: SpanState;
  readonly start: Timestamp;
  /** Absent while it goes on. */
  readonly end?: Timestamp;
  readonly message?: string;
  /** Name of its log, as the operation `list-logs` gives it, without the ending. */
  readonly log?: string;
};

/** A ring that waits for somebody: what the operation `approve-ring` needs. */
export type Gate = { readonly output: string; readonly ring: number; readonly since: Timestamp };

type Outcome = Pick<Run, 'state' | 'endTime' | 'outputs'>;
type Draft = { -readonly [K in keyof Span]: Span[K] };

const keyOf = ({ phase, step = '' }: Pick<TimelineEntry, 'phase' | 'step'>): string => `${phase}\n${step}`;

/** The timeline as bars, in the order in which they began. A run that is over leaves none running. */
export function spansOf(entries: readonly TimelineEntry[], run: Outcome): Span[] {
  const drafts = new Map<string, Draft>();
  for (const entry of entries) {
    if (entry.event === 'note' && !isGate(entry)) continue;
    const draft = drafts.get(keyOf(entry));
    if (draft === undefined) drafts.set(keyOf(entry), begin(entry, run, drafts));
    else apply(draft, entry);
  }
  const open = gatesOf(entries, run).map(({ output, ring }) => stepOf(output, ring));
  return [...drafts.values()].map((draft) => close(draft, { run, open, entries })).toSorted(byStart);
}

/** Gates that nobody has opened or closed yet. */
export function gatesOf(entries: readonly TimelineEntry[], run: Pick<Run, 'state'>): Gate[] {
  if (run.state !== 'Running') return [];
  return entries.flatMap((entry, index): Gate[] => {
    const { output, ring } = GATE.exec(entry.step ?? '')?.groups ?? {};
    if (!isGate(entry) || output === undefined) return [];
    const isPassed = entries
      .slice(index + 1)
      .some((later) => isOf(later, output) && later.step !== entry.step);
    return isPassed ? [] : [{ output, ring: Number(ring), since: entry.at }];
  });
}

const GATE = /^(?<output>.+) › ring (?<ring>\d+)$/;
const stepOf = (output: string, ring: number): string => `${output} › ring ${ring}`;

/** functions/orchestrators/await-approval.ts writes it. */
function isGate({ event, message = '' }: TimelineEntry): boolean {
  return event === 'note' && /^Waits until .* for an approval\.$/.test(message);
}

function isOf({ phase, step = '' }: TimelineEntry, output: string): boolean {
  return phase === 'distribute' && (step === output || step.startsWith(`${output} › `));
}

function begin(entry: TimelineEntry, { outputs }: Outcome, known: ReadonlyMap<string, Draft>): Draft {
  const { phase, step, region, at } = entry;
  const draft: Draft = {
    phase,
    ...(step !== undefined && { step }),
    ...(region !== undefined && { region }),
    state: 'running',
    start: at,
  };
  apply(draft, entry);
  if (region === undefined || draft.end === undefined) return draft;
  // Regions say how they ended and nothing before: their time counts from the wish for the version.
  const target = step?.split(' › ')[0] ?? '';
  const output = outputs.find(({ name }) => name === target);
  const seconds = output?.regions?.find((result) => result.region === region)?.seconds;
  const since = seconds === undefined ? known.get(keyOf({ phase, step: target }))?.start : undefined;
  draft.start = since ?? new Date(Date.parse(at) - (seconds ?? 0) * 1000).toISOString();
  return draft;
}

function apply(draft: Draft, { event, at, message, log }: TimelineEntry): void {
  if (log !== undefined) draft.log = log;
  if (message !== undefined) draft.message = message;
  switch (event) {
    case 'started':
      draft.state = 'running';
      delete draft.end;
      return;
    case 'note':
      draft.state = 'waiting';
      return;
    case 'succeeded':
    case 'failed':
    case 'skipped':
      draft.state = event;
      draft.end = at;
  }
}

type Closing = {
  readonly run: Outcome;
  readonly open: readonly string[];
  readonly entries: readonly TimelineEntry[];
};

function close(draft: Draft, { run, open, entries }: Closing): Span {
  if (draft.state === 'waiting' && !open.includes(draft.step ?? '')) {
    const index = entries.findIndex((entry) => keyOf(entry) === keyOf(draft));
    const target = draft.step?.split(' › ')[0] ?? '';
    const next = entries.slice(index + 1).find((entry) => isOf(entry, target));
    const end = next?.at ?? run.endTime;
    return {
      ...draft,
      state: next === undefined ? 'stopped' : 'succeeded',
      ...(end !== undefined && { end }),
    };
  }
  const isOver = run.endTime !== undefined && draft.phase !== 'clean up';
  if (draft.state === 'running' && isOver) return { ...draft, state: 'stopped', ...endOf(run) };
  return draft;
}

function endOf({ endTime }: Outcome): Pick<Span, 'end'> {
  return endTime === undefined ? {} : { end: endTime };
}

function byStart(a: Span, b: Span): number {
  return a.start.localeCompare(b.start) || (a.step ?? '').localeCompare(b.step ?? '');
}

/** Of finished spans of several runs: the middle one of their lengths in seconds, by phase and step. */
export function usualSeconds(runs: readonly (readonly Span[])[]): Record<string, number> {
  const lengths = new Map<string, number[]>();
  for (const { phase, step, state, start, end } of runs.flat()) {
    if (end === undefined || state !== 'succeeded') continue;
    const name = step === undefined ? phase : `${phase} › ${step}`;
    lengths.set(name, [...(lengths.get(name) ?? []), (Date.parse(end) - Date.parse(start)) / 1000]);
  }
  return Object.fromEntries([...lengths].map(([name, values]) => [name, median(values)]));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return Math.round((low + high) * 50) / 100;
}
