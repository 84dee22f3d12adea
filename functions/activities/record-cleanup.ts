import type { Activity } from './activity.ts';

/** Says how the clean-up went. One that Azure refused is noted for the janitor before the run tells about it. */
export const recordCleanup: Activity<'record-cleanup'> = async (
  { store },
  { run, cleanup, keptUntil, retryUntil },
) => {
  const { ref, runId } = run;
  const { stagingGroup } = (await store.runs.get(ref, runId)) ?? {};
  if (cleanup === 'deferred' && stagingGroup !== undefined)
    await store.deferred.add({ schema: 1, ref, runId, stagingGroup });
  await store.runs.update(ref, runId, (current) => {
    if (current.cleanup === cleanup) return undefined;
    // Cleaned up means that there is nothing left to retry from.
    const { retryUntil: _retryUntil, ...rest } = current;
    const kept = cleanup === 'kept' ? current : rest;
    return { ...kept, cleanup, ...(keptUntil && { keptUntil }), ...(retryUntil && { retryUntil }) };
  });
  return null;
};
