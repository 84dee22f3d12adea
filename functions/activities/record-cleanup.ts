import type { Activity } from './activity.ts';

export const recordCleanup: Activity<'record-cleanup'> = async ({ store }, { run, cleanup }) => {
  await store.runs.update(run.ref, run.runId, (current) =>
    current.cleanup === cleanup ? undefined : { ...current, cleanup },
  );
  return null;
};
