import type { Run, RunSummary } from './documents.ts';

/** The part of a run that the template's head repeats. */
export function summaryOf(run: Run): RunSummary {
  const { id, state, subState, startTime, endTime, message } = run;
  return { id, state, startTime, message, ...(subState && { subState }), ...(endTime && { endTime }) };
}
