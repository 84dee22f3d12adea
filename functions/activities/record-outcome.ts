import { giveSlotBack } from '../../shared/commands/slots.ts';
import { summaryOf } from '../../shared/store/summary.ts';
import { counted } from '../../shared/refresh/count.ts';
import type { Activity } from './activity.ts';

/** Stores the outcome, then frees the template for its next run: never the other way round. */
export const recordOutcome: Activity<'record-outcome'> = async (
  { store, flush, limits },
  { run, state, message, failure, endedAt },
  engine,
) => {
  const ended = await store.runs.update(run.ref, run.runId, (current) => {
    if (current.endTime !== undefined) return undefined;
    const { subState: _subState, ...rest } = current;
    // Clients of the official api-versions see nothing of a run but its message.
    const told = [message, ...(rest.notCarriedOut ?? [])].filter((part) => part !== '').join(' ');
    return { ...rest, state, message: told, endTime: endedAt, ...(failure && { error: failure }) };
  });
  await store.templates.update(run.ref, (head) => {
    if (head.activeRun !== run.runId) return undefined;
    const { activeRun: _activeRun, redistribution: _redistribution, ...rest } = head;
    // What is distributed again may be an older run than the newest.
    return rest.lastRun?.id === run.runId ? { ...counted(rest, ended), lastRun: summaryOf(ended) } : rest;
  });
  await engine.wake(await giveSlotBack(store, run.runId, limits));
  engine.log(`run ended: ${state} ${run.runId} of template ${run.ref.name}`);
  await flush(run.runId);
  await engine.advance(run.ref);
  return null;
};
