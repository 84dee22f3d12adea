import { withOutput } from '../../../shared/model/documents/run.ts';
import type { Activity } from '../activity.ts';

/** Written as soon as a target has its image, so that a run that dies later still shows what it made. */
export const recordOutput: Activity<'record-output'> = async ({ store }, { run, output }) => {
  await store.runs.update(run.ref, run.runId, (current) => withOutput(current, output));
  return null;
};
