import { KilnError } from '../../../shared/errors/failure.ts';
import { withCheckpoint } from '../../../shared/planning/checkpoints.ts';
import { timestamp } from '../../../shared/model/time.ts';
import type { Activity } from '../activity.ts';
import { checkpointId } from '../resources.ts';

/** Writes a checkpoint down for later builds. Runs of which none is left in the book give their groups to the janitor. */
export const keepCheckpoint: Activity<'keep-checkpoint'> = async (app, { plan, after, seconds }) => {
  const { checkpoints, run } = plan;
  const key = checkpoints?.keep.find((one) => one.after === after)?.key;
  if (checkpoints === undefined || key === undefined)
    throw new KilnError({ code: 'BrokenInvariant', message: `The plan keeps nothing after step ${after}.` });
  const now = app.now();
  const made = {
    key,
    snapshotId: checkpointId(plan, checkpoints, after),
    runId: run.runId,
    savedAt: timestamp(now),
    expires: checkpoints.expires,
    seconds,
  };
  let dropped: readonly string[] = [];
  await app.store.checkpoints.update(run.ref, (book) => {
    const changed = withCheckpoint(book, made, now);
    ({ dropped } = changed);
    return changed.book;
  });
  for (const runId of dropped)
    await app.store.ledger.update(plan.subscriptionId, runId, ({ cache, ...entry }) =>
      cache === undefined ? undefined : { ...entry, cache: { ...cache, expires: timestamp(now) } },
    );
  return null;
};
