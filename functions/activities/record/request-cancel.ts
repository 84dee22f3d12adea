import { timestamp } from '../../../shared/model/time.ts';
import { markCanceling, whoHears } from '../../../shared/commands/cancel-run.ts';
import type { Activity } from '../activity.ts';

/** Asks the active run, if there is one, to end. The mark in the store reaches instances that cannot hear the event. */
export const requestCancel: Activity<'request-cancel'> = async (app, { ref }, engine) => {
  const head = (await app.store.templates.get(ref))?.value;
  const runId = head?.activeRun;
  if (head === undefined || runId === undefined) return null;
  const { changedBy: by } = head;
  await markCanceling(app.store, { ref, id: runId }, { at: timestamp(app.now()), ...(by && { by }) });
  for (const instance of await whoHears(app.store, head, runId)) await engine.cancel(instance);
  return null;
};
