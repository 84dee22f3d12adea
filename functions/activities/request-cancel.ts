import { timestamp } from '../../shared/build/time.ts';
import type { Activity } from './activity.ts';

/** Asks the active run, if there is one, to end. The mark in the store reaches instances that cannot hear the event. */
export const requestCancel: Activity<'request-cancel'> = async (app, { ref }, engine) => {
  const head = await app.store.templates.get(ref);
  const runId = head?.value.activeRun;
  if (runId === undefined) return null;
  await app.store.runs.update(ref, runId, (run) =>
    run.endTime !== undefined || run.cancelRequestedAt !== undefined
      ? undefined
      : { ...run, state: 'Canceling', cancelRequestedAt: timestamp(app.now()) },
  );
  await engine.cancel(head?.value.redistribution?.instance ?? runId);
  return null;
};
