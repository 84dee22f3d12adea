import { healRun } from '../commands/run-claim.ts';
import { healTemplate } from '../commands/template-operation.ts';
import { inParallel } from '../parallel.ts';
import { templateId } from '../model/ids.ts';
import { sweepGroups, sweepResources } from './azure-leftovers.ts';
import { settleDeferred } from './deferred.ts';
import { removeHomeless } from './homeless.ts';
import { pruneLedger } from './prune-ledger.ts';
import { attempt, type Finding, type JanitorContext } from './finding.ts';

/**
 * One round: claims without an instance, staging groups and single resources that outlived their run, the runs whose
 * clean-up was put off, and templates whose resource group is gone. Every step may be done twice or by two janitors at once: removals of what is going or gone
 * change nothing. A subscription that cannot be read costs only itself.
 */
export async function sweep(context: JanitorContext): Promise<Finding[]> {
  const subscriptions = await context.store.subscriptions.list();
  const found = await inParallel(subscriptions, (id) => sweepSubscription(context, id), 4);
  return found.flat();
}

async function sweepSubscription(context: JanitorContext, subscriptionId: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  // Claims first: a run that is found dead here has ended for the steps that follow.
  for (const step of [healClaims, sweepGroups, sweepResources, settleDeferred, removeHomeless, pruneLedger]) {
    const subject = `/subscriptions/${subscriptionId}`;
    findings.push(...(await attempt(subject, () => step(context, subscriptionId))));
  }
  return findings;
}

async function healClaims(context: JanitorContext, subscriptionId: string): Promise<Finding[]> {
  const heads = await context.store.templates.list({ subscriptionId });
  const found = await inParallel(heads, (head) =>
    attempt(templateId(head.ref), async () => {
      const subject = templateId(head.ref);
      await healTemplate(context, head);
      const claim = await healRun(context, head);
      const runId = head.activeRun ?? '';
      if (claim === 'resumed')
        return [{ subject, action: 'healed', runId, reason: 'its run was claimed but never started' }];
      if (claim === 'released')
        return [{ subject, action: 'healed', runId, reason: 'its run had ended without freeing it' }];
      return [];
    }),
  );
  return found.flat();
}
