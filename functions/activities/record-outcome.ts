import { afterEnd, endRun } from '../../shared/commands/end-run.ts';
import type { RunId } from '../../shared/template/model.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { Activity } from './activity.ts';

/** The run is over; its template is free for the next one. */
export const recordOutcome: Activity<'record-outcome'> = async (
  { store, flush, limits },
  { run, ...ending },
  engine,
) => {
  const ended = await endRun(store, run, ending);
  if (ended === undefined)
    throw new KilnError({ code: 'ResourceNotFound', message: `Run ${run.runId} is gone.` });
  const wake = (runIds: readonly RunId[]) => engine.wake(runIds);
  await afterEnd({ store, limits, flush, wake, log: (line) => engine.log(line) }, ended);
  await engine.advance(run.ref);
  return { canceled: ended.state === 'Canceled' };
};
