import type { BuildPlan, RunContext, StepPlan } from '../../../shared/model/plan.ts';
import { deadlineWithin, timestamp, type Duration } from '../../../shared/model/time.ts';
import type { ErrorCode } from '../../../shared/errors/codes.ts';
import type {
  Phase,
  RunSubState,
  TimelineEntry,
  Timestamp,
} from '../../../shared/model/documents/documents.ts';
import { call, type Durable, failureOf, type Piece } from '../durable.convert.ts';

/** A build under way: what every phase needs. */
export type Build = {
  readonly df: Durable;
  readonly run: RunContext;
  readonly startedAt: Timestamp;
  /** Lines of the timeline that go out with the next ones: what ends well is followed by something at once. */
  readonly unsaid: TimelineEntry[];
};
export type Planned = Build & { readonly plan: BuildPlan };

/** What AIB's clients see while a phase runs; https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot */
const SUB_STATE: Partial<Record<Phase, RunSubState>> = {
  resolve: 'Building',
  customize: 'Customizing',
  validate: 'Validating',
  distribute: 'Distributing',
};

/** Runs a phase between two lines of the timeline; a failure is written down and passed on. */
export function* phase<T>(build: Build, name: Phase, body: Piece<T>): Piece<T> {
  const { df } = build;
  yield* record(build, [entry(df, name, 'started')], SUB_STATE[name]);
  try {
    const value = yield* body;
    build.unsaid.push(entry(df, name, 'succeeded'));
    return value;
  } catch (error) {
    yield* record(build, [entry(df, name, 'failed', failureOf(error).message)]);
    throw error;
  }
}

/** Writes lines of the timeline, after those that are still to be said. */
export function* record(
  build: Build,
  entries: readonly TimelineEntry[],
  subState?: RunSubState,
): Piece<void> {
  const all = [...build.unsaid.splice(0), ...entries];
  yield* call(build.df, 'record-progress', { run: build.run, entries: all, ...(subState && { subState }) });
}

/** Sets the entries of a later distribution apart from those of the build: readers keep the first of an id. */
function turnOf({ instanceId }: Durable): string {
  const turn = /^[0-9a-f-]{36}-(?<turn>r\d+)/.exec(instanceId)?.groups?.['turn'];
  return turn === undefined ? '' : `${turn}/`;
}

export function entry(
  df: Durable,
  name: Phase,
  event: TimelineEntry['event'],
  message?: string,
): TimelineEntry {
  return {
    id: `${turnOf(df)}${name}/${event}`,
    at: timestamp(df.currentUtcDateTime),
    phase: name,
    event,
    ...(message && { message }),
  };
}

/** An entry below a phase: a customizer, a target or a region. */
export function stepEntry(
  df: Durable,
  name: Phase,
  step: string,
  rest: Pick<TimelineEntry, 'event' | 'message' | 'log' | 'region'>,
): TimelineEntry {
  return {
    id: `${turnOf(df)}${name}/${step}/${rest.event}`,
    at: timestamp(df.currentUtcDateTime),
    phase: name,
    step,
    ...rest,
  };
}

/** Something worth telling while a step goes on; `id` distinguishes the notes of one step. */
export function note(
  df: Durable,
  { phase: name, name: step, log }: StepPlan,
  id: string,
  message: string,
): TimelineEntry {
  return { ...stepEntry(df, name, step, { event: 'note', message, log }), id: `${name}/${step}/${id}` };
}

/** Limits of one wait: its own time, cut at the end of the build. */
export function within(
  build: Planned,
  limit: Duration,
  onTimeout: ErrorCode,
  id: string,
): { deadline: Timestamp; onTimeout: ErrorCode; id: string } {
  const deadline = deadlineWithin(build.df.currentUtcDateTime, limit, build.plan.deadline);
  return { deadline, onTimeout: deadline === build.plan.deadline ? 'BuildTimedOut' : onTimeout, id };
}
