import { record } from '../audit/record.ts';
import { approvalEvent, publisherOf } from '../distribution/approval.ts';
import { KilnError } from '../errors/failure.ts';
import { sameResource, templateId } from '../model/ids.ts';
import type { RunId, TemplateRef } from '../model/template.ts';
import type { CommandContext } from './context.ts';
import { instanceOf } from './run-claim.ts';
import { findTemplate } from './find-template.ts';

/** Whose gate, counted from 1, and whether the next ring may begin. */
export type Approval = { readonly output: string; readonly ring: number; readonly approved: boolean };

/** Tells a run that waits between two rings to go on, or not to. An approval may come before the ring is complete. */
export async function approveRing(
  context: CommandContext,
  { ref, id }: { readonly ref: TemplateRef; readonly id: RunId },
  { output, ring, approved }: Approval,
): Promise<void> {
  const { store, engine, actor, now, newId } = context;
  const { value: head } = await findTemplate(store, ref);
  const distribution = await store.distributions.get(ref, id);
  const instance = head.activeRun === id ? instanceOf(head) : undefined;
  if (instance === undefined || distribution === undefined)
    throw new KilnError({
      code: 'OperationNotAllowed',
      message: `Run ${id} is not distributing anything now.`,
    });
  const target = distribution.plan.targets.find(({ runOutputName }) => sameResource(runOutputName, output));
  const gates = target?.type === 'SharedImage' ? target.rings.slice(0, -1) : [];
  if (target === undefined || gates[ring - 1]?.approval !== true)
    throw new KilnError({
      code: 'InvalidValue',
      message: `Run output "${output}" has no ring ${ring} that waits for an approval.`,
      target: '/ring',
    });
  const detail = `ring ${ring} of ${target.runOutputName} ${approved ? 'approved' : 'refused'}`;
  const at = now().toISOString();
  const entry = {
    id: newId(),
    at,
    action: 'run.approve',
    resource: templateId(ref),
    runId: id,
    detail,
  } as const;
  await record(context, entry, actor);
  await engine.raise(publisherOf(instance, target.index), approvalEvent(ring, approved));
}
