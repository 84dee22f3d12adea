import { actorOf } from './principal.ts';
import { told } from '../errors/told.ts';
import type { Run, RunEnd, RunState, TimelineEntry, Timestamp } from './documents/documents.ts';
import { toldResults } from './documents/told-run.ts';
import { templateId } from './ids.ts';
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
  const ends: readonly RunEnd[] = [...(run.earlierEnds ?? []), run];
  return [
    event(run, 'queued', 'io.kiln.run.queued', run.startTime, { state: 'Queued' }),
    ...(first === undefined
      ? []
      : [event(run, 'started', 'io.kiln.run.started', first.at, { state: 'Running' })]),
    ...ends.flatMap((end) => [
      ...during
        .filter((entry) => attemptOf(entry) === (end.attempt ?? 0))
        .flatMap((entry) => ofEntry(run, entry)),
      ...ending(run, end),
    ]),
  ];
}

/** Those that the sinks of an outbox entry may not have: a run that goes on was told up to an earlier end. */
export function undelivered(
  { after }: { readonly after?: string },
  run: Run,
  timeline: readonly TimelineEntry[],
): CloudEvent[] {
  const events = runEvents(run, timeline);
  return events.slice(events.findLastIndex(({ id }) => id === after) + 1);
}

/**
 * Whether an entry of the timeline is worth a delivery of its own. A phase that ends well is told with what follows within
 * the same second: the beginning of the next phase, or the outcome. What makes no event needs none.
 */
export function isTold({ phase, step, event, region }: TimelineEntry): boolean {
  // The listing is told with the phase that follows, which is seconds away.
  if (phase === CLEAN_UP || phase === 'inventory') return false;
  if (step === undefined) return event !== 'succeeded';
  return event === 'failed' || (event === 'succeeded' && region !== undefined);
}

/** Id of the event that a run's stream ends with. */
export function endId(run: Run): string | undefined {
  return ENDS[run.state] === undefined ? undefined : `${run.id}/${endName(run)}`;
}

/** Ids of the events that tell of an end, in order: the last one may be followed by a distribution. */
export function endsOf(run: Run): string[] {
  const earlier = (run.earlierEnds ?? []).map((end) => `${run.id}/${endName(end)}`);
  const last = endId(run);
  return last === undefined ? earlier : [...earlier, last];
}

/** The distribution that an entry belongs to: its instance puts it before the id (functions/orchestrators/build/build.ts). */
function attemptOf({ id }: TimelineEntry): number {
  return Number(/^r(?<attempt>\d+)\//.exec(id)?.groups?.['attempt'] ?? 0);
}

/** A run that is distributed again has another end each time. */
function endName({ state, attempt }: RunEnd): string {
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

function ending(run: Run, end: RunEnd): CloudEvent[] {
  const type = ENDS[end.state];
  if (type === undefined) return [];
  const { state, message, startTime, endTime = startTime, error, outputs, source, inventory } = end;
  const data = {
    state,
    message,
    startTime,
    endTime,
    outputs: outputs.map(toldResults),
    ...(source && { source }),
    ...(inventory && { inventory }),
    ...(error && { error: told(error) }),
  };
  return [event(run, endName(end), type, endTime, data)];
}

function event(
  run: Run,
  name: string,
  type: EventType,
  ...[time, data]: [Timestamp, Record<string, unknown>]
): CloudEvent {
  const { ref, id: runId, revision, reason, correlationId, requestedBy } = run;
  const who = requestedBy && { requestedBy: actorOf(requestedBy) };
  const about = { templateId: templateId(ref), runId, revision, reason, ...who };
  return cloudEvent({
    id: `${runId}/${name}`,
    source: templateId(ref),
    type,
    subject: `runs/${runId}`,
    time,
    data: { ...about, ...(correlationId !== undefined && { correlationId }), ...data },
  });
}
