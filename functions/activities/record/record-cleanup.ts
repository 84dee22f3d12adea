import { giveCoresBack } from '../../../shared/commands/slots.ts';
import { cleanedUp } from '../../../shared/model/documents/run.ts';
import type { Activity } from '../activity.ts';

/** Says how the clean-up went. One that Azure refused is noted for the janitor before the run tells about it. */
export const recordCleanup: Activity<'record-cleanup'> = async (
  { store, limits },
  { run, cleanup, keptUntil, retryUntil },
  engine,
) => {
  const { ref, runId } = run;
  if (cleanup === 'deferred') {
    const { stagingGroup } = (await store.runs.get(ref, runId)) ?? {};
    if (stagingGroup !== undefined) await store.deferred.add({ schema: 1, ref, runId, stagingGroup });
  }
  const end = { cleanup, ...(keptUntil && { keptUntil }), ...(retryUntil && { retryUntil }) };
  await store.runs.update(ref, runId, (current) => cleanedUp(current, end));
  await engine.wake(await giveCoresBack(store, runId, limits));
  return null;
};
