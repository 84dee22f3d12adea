import { KilnError } from '../../shared/errors/failure.ts';
import { type Activity, refuseIfCanceled } from './activity.ts';

export const checkOperation: Activity<'check-operation'> = async (app, { run, handle, endsAtCancel }) => {
  if (handle.done) return { done: true, value: null };
  try {
    const look = await app.azure(run.ref.subscriptionId).operations.look(handle.pollUrl);
    if (look.done) return { done: true, value: null };
    if (endsAtCancel) await refuseIfCanceled(app, run);
    return look;
  } catch (error) {
    if (!(error instanceof KilnError) || error.failure.code === 'RunCanceled') throw error;
    throw new KilnError(
      { ...error.failure, message: `Could not ${handle.what}: ${error.failure.message}` },
      { cause: error },
    );
  }
};
