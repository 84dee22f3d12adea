import { type Activity, refuseIfCanceled } from '../activity.ts';

/**
 * Says that a ring waits for somebody. Not after a cancel: what happens between this look and the wait is kept for it by the
 * engine, so that a gate that is announced hears of every cancel.
 */
export const announceGate: Activity<'announce-gate'> = async (app, { run, entry }) => {
  await refuseIfCanceled(app, run);
  await app.store.timeline.append(run.ref, run.runId, [entry]);
  return null;
};
