import type { Activity } from '../activity.ts';

/** A submission and a run's clean-up still use the template's revision, so that a deletion waits for them. */
export const checkRunEnded: Activity<'check-run-ended'> = async ({ store }, { ref }) => {
  const head = await store.templates.get(ref);
  const submission = head?.value.submission;
  if (submission !== undefined && (await store.operations.get(submission))?.status === 'InProgress')
    return { done: false, retryAfterMs: 500 };
  const runId = head?.value.activeRun ?? head?.value.lastRun?.id;
  if (runId === undefined) return { done: true, value: null };
  const run = await store.runs.get(ref, runId);
  const over =
    run === undefined ||
    (run.endTime !== undefined && (run.cleanup !== undefined || run.stagingGroup === undefined));
  return over ? { done: true, value: null } : { done: false, retryAfterMs: 1_000 };
};
