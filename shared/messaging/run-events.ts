import { isOver } from '../commands/run-claim.ts';
import type { Run, RunState, TimelineEntry, Timestamp } from '../store/documents.ts';
import { templateId } from '../template/ids.ts';
import { type CloudEvent, cloudEvent, type EventType } from './cloud-event.ts';

/** How a run's end is called. */
const ENDS: Partial<Record<RunState, EventType>> = {
  Succeeded: 'io.kiln.run.succeeded',
  PartiallySucceeded: 'io.kiln.run.partiallySucceeded',
  Failed: 'io.kiln.run.failed',
  Canceled: 'io.kiln.run.canceled',
};

/** Comes after the outcome, which is the last that a run tells. */
const CLEAN_UP = 'clean up';

/**
 * Every event of a run so far, in order, made from what is stored of it: nothing has to be remembered besides, and an
 * event exists exactly when what it tells is durable. Ids derive from the run and the timeline, so that making the list
 * again gives the same ones.
 */
export function runEvents(run: Run, timeline: readonly TimelineEntry[]): CloudEvent[] {
  const during = timeline.filter(({ phase }) => phase !== CLEAN_UP);
  const [first] = during;
  return [
    event(run, 'queued', 'io.kiln.run.queued', run.startTime, { state: 'Queued' }),
    ...(first === undefined
      ? []
      : [event(run, 'started', 'io.kiln.run.started', first.at, { state: 'Running' })]),
    ...during.flatMap((entry) => ofEntry(run, entry)),
    ...ending(run),
  ];
}

/**
 * Whether an entry of the timeline is worth a delivery of its own. A phase that ends well is told with what follows within
 * the same second: the beginning of the next phase, or the outcome. What makes no event needs none.
 */
export function isTold({ phase, step, event, region }: TimelineEntry): boolean {
  if (phase === CLEAN_UP) return false;
  if (step === undefined) return event !== 'succeeded';
  return event === 'failed' || (event === 'succeeded' && region !== undefined);
}

/** Id of the event that a run's stream ends with. */
export function endId(run: Run): string | undefined {
  return isOver(run) ? `${run.id}/${endName(run)}` : undefined;
}

/** A run that is distributed again has another end each time. */
function endName({ state, attempt }: Run): string {
  return attempt === undefined ? state : `${attempt}/${state}`;
}

function ofEntry(run: Run, entry: TimelineEntry): CloudEvent[] {
  const { id, at, phase, step, event: what, region, message = '', log } = entry;
  const name = `timeline/${id}`;
  if (step === undefined)
    return [event(run, name, 'io.kiln.run.phaseChanged', at, { phase, phaseState: what, message })];
  if (region !== undefined && what === 'succeeded')
    return [event(run, name, 'io.kiln.run.regionCompleted', at, { phase, step, region, message })];
  if (what !== 'failed') return [];
  const where = { ...(region !== undefined && { region }), ...(log !== undefined && { log }) };
  return [event(run, name, 'io.kiln.run.stepFailed', at, { phase, step, message, ...where })];
}

function ending(run: Run): CloudEvent[] {
  const type = ENDS[run.state];
  if (type === undefined) return [];
  const { state, message, startTime, endTime = startTime, error, outputs, source } = run;
  const data = {
    state,
    message,
    startTime,
    endTime,
    outputs,
    ...(source && { source }),
    ...(error && { error }),
  };
  return [event(run, endName(run), type, endTime, data)];
}

function event(
  run: Run,
  name: string,
  type: EventType,
  ...[time, data]: [Timestamp, Record<string, unknown>]
): CloudEvent {
  const { ref, id: runId, revision, reason, correlationId } = run;
  const about = { templateId: templateId(ref), runId, revision, reason };
  return cloudEvent({
    id: `${runId}/${name}`,
    source: templateId(ref),
    type,
    subject: `runs/${runId}`,
    time,
    data: { ...about, ...(correlationId !== undefined && { correlationId }), ...data },
  });
}
