import { inParallel } from '../../shared/parallel.ts';
import type { TemplateHead } from '../../shared/model/documents/documents.ts';
import type { Store } from '../../shared/ports/store.ts';
import { progressed } from '../../shared/model/documents/head.ts';

/**
 * The template with how far its run is by now. That is written to the run alone: a head that changed with every phase would
 * fail the `If-Match` of people who change the template meanwhile, and cost a write each.
 */
export async function withProgress({ runs }: Pick<Store, 'runs'>, head: TemplateHead): Promise<TemplateHead> {
  const { ref, activeRun, lastRun } = head;
  if (activeRun === undefined || lastRun?.id !== activeRun || lastRun.state !== 'Running') return head;
  const run = await runs.glance(ref, activeRun);
  return run === undefined || run.endTime !== undefined ? head : progressed(head, run);
}

export function allWithProgress(
  store: Pick<Store, 'runs'>,
  heads: readonly TemplateHead[],
): Promise<TemplateHead[]> {
  return inParallel(heads, (head) => withProgress(store, head));
}
