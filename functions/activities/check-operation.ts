import { KilnError } from '../../shared/errors/failure.ts';
import type { Activity } from './activity.ts';

export const checkOperation: Activity<'check-operation'> = async (app, { run, handle }) => {
  if (handle.done) return { done: true, value: null };
  try {
    const look = await app.azure(run.ref.subscriptionId).operations.look(handle.pollUrl);
    return look.done ? { done: true, value: null } : look;
  } catch (error) {
    if (!(error instanceof KilnError)) throw error;
    throw new KilnError(
      { ...error.failure, message: `Could not ${handle.what}: ${error.failure.message}` },
      { cause: error },
    );
  }
};
