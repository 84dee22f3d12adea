import { KilnError } from '../../shared/errors/failure.ts';
import { paceOf } from '../../shared/model/pace.ts';
import { type Activity, refuseIfCanceled } from './activity.ts';

export const checkOperation: Activity<'check-operation'> = async (app, { run, handle, endsAtCancel }) => {
  if (handle.done) return { done: true, value: null };
  const { due, retryAfterMs } = handle;
  try {
    const before = due && paceOf(due, app.now(), retryAfterMs);
    if (before?.isEarly === true) {
      if (endsAtCancel) await refuseIfCanceled(app, run);
      return { done: false, retryAfterMs: before.pauseMs };
    }
    const look = await app.azure(run.ref.subscriptionId).operations.look(handle.pollUrl);
    if (look.done) return { done: true, value: null };
    if (endsAtCancel) await refuseIfCanceled(app, run);
    return due === undefined
      ? look
      : { done: false, retryAfterMs: paceOf(due, app.now(), look.retryAfterMs).pauseMs };
  } catch (error) {
    if (!(error instanceof KilnError) || error.failure.code === 'RunCanceled') throw error;
    throw new KilnError(
      { ...error.failure, message: `Could not ${handle.what}: ${error.failure.message}` },
      { cause: error },
    );
  }
};
