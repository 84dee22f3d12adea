import { isTold } from '../../../shared/model/run-events.ts';
import { furthered } from '../../../shared/model/documents/run.ts';
import type { App } from '../../app.ts';
import type { Activity } from '../activity.ts';
import type { Input } from '../../contract.ts';

/** Adds lines to the timeline and, at a phase that AIB's clients know, moves the run's sub-state on. */
export const recordProgress: Activity<'record-progress'> = async (app, input) => {
  await write(app, input);
  if (input.entries.some(isTold)) app.flushSoon(input.run.runId);
  return null;
};

async function write({ store }: App, { run, entries, subState }: Input<'record-progress'>): Promise<void> {
  await store.timeline.append(run.ref, run.runId, entries);
  if (subState === undefined) return;
  await store.runs.update(run.ref, run.runId, (current) => furthered(current, subState));
}
