import { sweptUp } from '../model/documents/run.ts';
import { RUN_TAG, tagOf } from '../model/tags.ts';
import { inParallel } from '../parallel.ts';
import { attempt, type Finding, type JanitorContext } from './finding.ts';

/** Runs whose clean-up Azure had refused: once nothing of theirs is left, they say so. */
export async function settleDeferred(context: JanitorContext, subscriptionId: string): Promise<Finding[]> {
  const deferred = await context.store.deferred.list(subscriptionId);
  const found = await inParallel(deferred, (one) =>
    attempt(`/subscriptions/${subscriptionId}/resourceGroups/${one.stagingGroup}`, async () => {
      if (!(await isGone(context, subscriptionId, one))) return [];
      const { ref, runId, stagingGroup } = one;
      const subject = `/subscriptions/${subscriptionId}/resourceGroups/${stagingGroup}`;
      // The template, and the run with it, may have been deleted meanwhile.
      if ((await context.store.runs.get(ref, runId)) !== undefined) await settle(context, one);
      await context.store.deferred.remove(one);
      return [{ subject, action: 'settled', runId, reason: 'nothing of its run is left' }];
    }),
  );
  return found.flat();
}

type Deferred = Awaited<ReturnType<JanitorContext['store']['deferred']['list']>>[number];

async function isGone(
  { azure }: JanitorContext,
  subscriptionId: string,
  { runId, stagingGroup }: Deferred,
): Promise<boolean> {
  const { groups } = azure(subscriptionId);
  const group = await groups.get(stagingGroup);
  if (group === undefined) return true;
  if (tagOf(group.tags, RUN_TAG) === runId) return false;
  return (await groups.resources(stagingGroup, { name: RUN_TAG, value: runId })).length === 0;
}

async function settle({ store, now }: JanitorContext, { ref, runId }: Deferred): Promise<void> {
  const at = now().toISOString();
  const message = 'The janitor removed what Azure had refused to delete.';
  const entry = { id: 'clean up/janitor', at, phase: 'clean up', event: 'succeeded', message } as const;
  await store.timeline.append(ref, runId, [entry]);
  await store.runs.update(ref, runId, sweptUp);
}
