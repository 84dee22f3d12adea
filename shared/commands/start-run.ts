import { assertMayUse } from '../access/of-run.ts';
import { KilnError } from '../errors/failure.ts';
import type { Run, TemplateHead } from '../model/documents/documents.ts';
import type { Stored } from '../ports/store.ts';
import { runId } from '../model/convert.ts';
import type { RunId, TemplateRef } from '../model/template.ts';
import type { CommandContext } from './context.ts';
import { findTemplate } from './find-template.ts';
import { repeatLostRace } from '../ports/lost-race.ts';
import { carryOutRun, healRun } from './run-claim.ts';
import { claimed } from '../model/documents/head.ts';

export type StartedRun = { readonly runId: RunId; readonly head: TemplateHead };

/**
 * Starts a run of the newest revision. One at a time: the claim is a conditional write on the head, so that of many
 * requests at one moment one wins. Throws `OperationNotAllowed` with the id of the run that is active.
 */
export async function startRun(
  context: CommandContext,
  ref: TemplateRef,
  reason: string,
  wish: Pick<Run, 'noCache'> = {},
): Promise<StartedRun> {
  return repeatLostRace(false, async () => {
    const current = await healed(context, ref);
    if (current.resumed !== undefined) return { runId: current.resumed, head: current.value };
    const { value: head, etag } = current;
    refuseUnlessReady(head);
    await assertMayUse(context, head);
    const id = runId(context.newId());
    const startTime = context.now().toISOString();
    const held = claimed(head, { id, startTime, requestedBy: context.actor, ...wish });
    await context.store.templates.put(held, { etag });
    await carryOutRun(context, held, id, reason);
    return { runId: id, head: held };
  });
}

/** The head after a claim without an instance was mended. `resumed`: the run that nobody had been told about. */
async function healed(
  context: CommandContext,
  ref: TemplateRef,
): Promise<Stored<TemplateHead> & { resumed?: RunId }> {
  const current = await findTemplate(context.store, ref);
  const claim = await healRun(context, current.value);
  const { activeRun } = current.value;
  if (claim === 'resumed' && activeRun !== undefined) return { ...current, resumed: activeRun };
  if (claim !== 'released') return current;
  return findTemplate(context.store, ref);
}

/** The words of the real service, which scripts look for: "provisioning state" and "run state". */
function refuseUnlessReady({ ref, provisioningState, activeRun, lastRun }: TemplateHead): void {
  if (activeRun !== undefined) {
    const state = (lastRun?.state ?? 'Running').toLowerCase();
    const message = `Run ${activeRun} of template ${ref.name} is active (run state: ${state}). Wait until it ends, or cancel it.`;
    throw new KilnError({ code: 'OperationNotAllowed', message, target: activeRun });
  }
  if (provisioningState === 'Succeeded') return;
  const message = `Template ${ref.name} cannot run in provisioning state: ${provisioningState.toLowerCase()}. It must be Succeeded.`;
  throw new KilnError({ code: 'OperationNotAllowed', message });
}
