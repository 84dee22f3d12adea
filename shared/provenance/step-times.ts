import type { TimelineEntry } from '../model/documents/documents.ts';

export type StepTimes = {
  readonly phase: string;
  /** Absent: the phase as a whole. */
  readonly step?: string;
  readonly startedOn?: string;
  readonly finishedOn: string;
  readonly result: 'succeeded' | 'failed' | 'skipped';
};

/** What was done when, by the lines of the timeline that end something. Messages are left out: they are for people. */
export function stepsOf(timeline: readonly TimelineEntry[]): StepTimes[] {
  const begun = new Map<string, string>();
  return timeline.flatMap((entry) => {
    const { phase, step, event, region, at } = entry;
    if (region !== undefined || event === 'note') return [];
    const key = `${phase}\n${step ?? ''}`;
    if (event === 'started') {
      begun.set(key, at);
      return [];
    }
    const startedOn = begun.get(key);
    const named = { phase, ...(step !== undefined && { step }) };
    return [{ ...named, ...(startedOn !== undefined && { startedOn }), finishedOn: at, result: event }];
  });
}
