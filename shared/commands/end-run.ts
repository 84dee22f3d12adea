import { canceledOutcome } from '../planning/outcome.ts';
import type { BuildLimits } from '../planning/slots.ts';
import type { Run, Slot } from '../model/documents/documents.ts';
import type { Store } from '../ports/store.ts';
import type { RunId, TemplateRef } from '../model/template.ts';
import { giveCoresBack, giveSlotBack } from './slots.ts';
import { released } from '../model/documents/head.ts';
import { ended, type Ending } from '../model/documents/run.ts';

/**
 * Stores how a run has ended, then frees its template: never the other way round. However it ends, it ends here; doing
 * it again changes nothing. A cancel that came before is carried out by it: whoever asked was told so.
 */
export async function endRun(
  store: Store,
  { ref, runId }: { readonly ref: TemplateRef; readonly runId: RunId },
  ending: Ending,
): Promise<Run | undefined> {
  const exists = (await store.runs.glance(ref, runId)) !== undefined;
  const run = exists
    ? await store.runs.update(ref, runId, (current) =>
        ended(current, current.cancelRequestedAt === undefined ? ending : asCanceled(ending)),
      )
    : undefined;
  await store.templates.update(ref, (head) => released(head, runId, run));
  return run;
}

function asCanceled(ending: Ending): Ending {
  return { ...ending, ...canceledOutcome(ending) };
}

export type Aftermath = {
  readonly store: Store;
  readonly limits: BuildLimits;
  readonly wake: (waiting: readonly Slot[]) => Promise<void>;
  readonly log: (line: string) => void;
  readonly flush: (runId: RunId) => Promise<void>;
};

/** What the end of a run means to others: its slot is free, whoever listens is told, and alerts read the log. */
export async function afterEnd({ store, limits, wake, log, flush }: Aftermath, run: Run): Promise<void> {
  await wake(await giveSlotBack(store, run.id, limits));
  // Of a run that nobody is left to clean up after.
  if (run.cleanup !== undefined) await wake(await giveCoresBack(store, run.id, limits));
  log(`run ended: ${run.state} ${run.id} of template ${run.ref.name}`);
  await flush(run.id);
}
