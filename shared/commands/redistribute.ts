import { assertMayDistribute } from '../access/of-run.ts';
import { KilnError } from '../errors/failure.ts';
import type { Run, TemplateHead } from '../model/documents/documents.ts';
import type { Distributor, RunId, TemplateRef } from '../model/template.ts';
import type { CommandContext } from './context.ts';
import { refuseWhileDrained } from './drain.ts';
import { repeatLostRace } from '../ports/lost-race.ts';
import { healRun } from './run-claim.ts';
import { claimed } from '../model/documents/head.ts';
import { isOver } from '../model/documents/run.ts';
import { carryOutRedistribution } from './redistribution-claim.ts';
import { findTemplate } from './find-template.ts';

export type Redistributed = { readonly head: TemplateHead; readonly operationId: string };

/**
 * Distributes what a run has built once more, without building: what failed, or to new targets. It takes the template as
 * a run does, so that two never write the same version. Throws `OperationNotAllowed` when there is nothing to do or
 * nothing left to distribute from.
 */
export async function redistribute(
  context: CommandContext,
  ref: TemplateRef,
  id: RunId,
  targets?: readonly Distributor[],
): Promise<Redistributed> {
  await refuseWhileDrained(context);
  const operationId = context.newId().toUpperCase();
  return repeatLostRace(false, async () => {
    const { head, etag } = await freeHead(context, ref);
    const run = await context.store.runs.get(ref, id);
    if (run === undefined)
      throw new KilnError({ code: 'ResourceNotFound', message: `The template has no run ${id}.` });
    if (targets === undefined) refuseUnlessRetryable(run, context.now());
    else refuseUnlessDistributable(run, targets);
    await assertMayDistribute(context, run, targets);
    const attempt = (run.attempt ?? 0) + 1;
    const requestedBy = context.actor;
    const asked = { requestedBy, requestedAt: context.now().toISOString() };
    const counted = targets && { newTargets: targets.length };
    const redistribution = { instance: `${id}-r${attempt}`, attempt, operationId, ...asked, ...counted };
    const request = { schema: 1, ...(targets && { targets }), requestedBy } as const;
    await context.store.redistributionRequests.put(ref, id, operationId, request);
    const { startTime } = run;
    const held = claimed(head, { id, startTime, subState: 'Distributing', redistribution });
    await context.store.templates.put(held, { etag });
    await carryOutRedistribution(context, held, { runId: id, redistribution });
    return { head: held, operationId };
  });
}

async function freeHead(
  context: CommandContext,
  ref: TemplateRef,
): Promise<{ head: TemplateHead; etag: string }> {
  const current = await findTemplate(context.store, ref);
  const state = await healRun(context, current.value);
  if (state === 'free') return { head: current.value, etag: current.etag };
  if (state === 'released') throw lostRace();
  const message = `Run ${current.value.activeRun ?? ''} of template ${ref.name} is active. Wait until it ends, or cancel it.`;
  throw new KilnError({ code: 'OperationNotAllowed', message });
}

/** The head was changed by healing it: read it again. */
function lostRace(): KilnError {
  return new KilnError({ code: 'PreconditionFailed', message: 'The template changed. Repeat the request.' });
}

function refuseUnlessRetryable(run: Run, now: Date): void {
  const reason = retryProblem(run, now);
  if (reason === undefined) return;
  throw new KilnError({
    code: 'OperationNotAllowed',
    message: `Run ${run.id} cannot be retried: ${reason}`,
    target: run.id,
    remedy: isOver(run)
      ? 'Nothing is left to retry. Start another run for another image.'
      : 'Wait until the run ends, or cancel it.',
  });
}

function retryProblem(run: Run, now: Date): string | undefined {
  if (!isOver(run)) return `it is ${run.state}.`;
  if (run.state === 'Succeeded') return 'it has succeeded.';
  if (run.retryUntil === undefined)
    return 'it ended before it had something to distribute, or nothing of it was kept. Start another run.';
  if (now.getTime() < Date.parse(run.retryUntil)) return undefined;
  return `what it had built was kept until ${run.retryUntil}. Start another run.`;
}

function refuseUnlessDistributable(run: Run, targets: readonly Distributor[]): void {
  const taken = targets.filter(({ runOutputName }) =>
    run.outputs.some(({ name }) => name.toLowerCase() === runOutputName.toLowerCase()),
  );
  const names = taken.map(({ runOutputName }) => `"${runOutputName}"`).join(', ');
  const reason = !isOver(run)
    ? `it is ${run.state}.`
    : taken.length > 0
      ? `it has run outputs of the names ${names} already. Name the new ones otherwise, or retry the run.`
      : undefined;
  if (reason === undefined) return;
  const message = `Run ${run.id} cannot be distributed to new targets: ${reason}`;
  throw new KilnError({ code: 'OperationNotAllowed', message, target: run.id });
}
