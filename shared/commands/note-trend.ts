import { slowParts, type Slow, trendOf, withRun } from '../inventory/trend.ts';
import type { Run, TimelineEntry } from '../model/documents/documents.ts';
import type { Store } from '../ports/store.ts';

/**
 * Writes down how a build went that gave an image, and says in its timeline what took much longer than usual. Doing it
 * again changes nothing: a run has one place in the book, and readers of a timeline keep the first of an id.
 */
export async function noteTrend(store: Store, run: Run): Promise<void> {
  if (run.state !== 'Succeeded' || run.endTime === undefined || run.attempt !== undefined) return;
  const timeline = await store.timeline.read(run.ref, run.id);
  const trend = trendOf(run, timeline);
  const book = await store.trends.update(run.ref, (current) => withRun(current, trend));
  const slow = slowParts(book, trend);
  const { endTime } = run;
  const lines = slow.flatMap((part) => lineOf(part, timeline, endTime));
  if (lines.length > 0) await store.timeline.append(run.ref, run.id, lines);
}

/** Among the lines of its phase or step. */
function lineOf(
  { key, message }: Slow,
  timeline: readonly TimelineEntry[],
  at: TimelineEntry['at'],
): TimelineEntry[] {
  const [phase, step] = key.split(' > ');
  const begun = timeline.find((line) => line.phase === phase && line.step === step);
  if (begun === undefined) return [];
  const id = `${[begun.phase, ...(begun.step === undefined ? [] : [begun.step])].join('/')}/slow`;
  return [
    {
      id,
      at,
      phase: begun.phase,
      ...(begun.step !== undefined && { step: begun.step }),
      event: 'note',
      message,
    },
  ];
}
