import type { Activity } from './activity.ts';

/** The run's clean-up still needs the template's revision, so a deletion waits for both. */
export const checkRunEnded: Activity<'check-run-ended'> = async ({ store }, { ref }) => {
  const head = await store.templates.get(ref);
  const runId = head?.value.activeRun ?? head?.value.lastRun?.id;
  if (runId === undefined) return { done: true, value: null };
  const run = await store.runs.get(ref, runId);
  const over =
    run === undefined ||
    (run.endTime !== undefined && (run.cleanup !== undefined || run.stagingGroup === undefined));
  return over ? { done: true, value: null } : { done: false, retryAfterMs: 1_000 };
};
