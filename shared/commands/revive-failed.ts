import { inParallel } from '../parallel.ts';
import { parseTemplateId } from '../model/ids.ts';
import type { TemplateRef } from '../model/template.ts';
import type { CommandContext } from './context.ts';
import { revive } from './revive.ts';
import { healRun } from './run-claim.ts';
import { healTemplate } from './template-operation.ts';
import { isOver } from '../model/documents/run.ts';

/** How far back a failed instance is looked for: a run may wait for its turn or for an approval for days. */
const DAYS = 14;
const GUID = 36;

/**
 * Takes up every instance that the engine lost while its work was under way, roots and children. One that was lost too often is given
 * up, and its run ends.
 */
export async function reviveFailed(
  context: CommandContext,
  log: { warn(text: string): void },
): Promise<void> {
  const { engine, now } = context;
  const since = new Date(now().getTime() - DAYS * 86_400_000);
  const failed = await engine.failedSince(since);
  await inParallel(
    failed.filter((id) => isHighest(id, failed)),
    async (id) => {
      const verdict = await look(context, id);
      if (verdict !== 'over') log.warn(`revive: ${id} had failed in the engine: ${verdict}`);
    },
  );
}

/**
 * Whether no other failed instance of the run is nearer to its root. Rewinding a parent takes its children along; a child that went on
 * alone would tell its end to a parent that hears nothing while it has failed, and waits for ever afterwards.
 */
function isHighest(id: string, failed: readonly string[]): boolean {
  const depthOf = (one: string): number => one.split(':').length;
  const run = id.slice(0, GUID);
  return !failed.some((other) => other.startsWith(run) && depthOf(other) < depthOf(id));
}

async function look(
  context: CommandContext,
  id: string,
): Promise<Awaited<ReturnType<typeof revive>> | 'over'> {
  const ref = await workOf(context, id);
  if (ref === undefined || (await context.engine.state(id)) !== 'failed') return 'over';
  const verdict = await revive(context, id);
  if (verdict === 'spent') await giveUp(context, ref);
  return verdict;
}

/** The template that an instance works for; undefined when that work is over. Every root begins with the id of its operation. */
async function workOf({ store }: CommandContext, instanceId: string): Promise<TemplateRef | undefined> {
  const operation = await store.operations.get(instanceId.slice(0, GUID));
  const ref = operation && parseTemplateId(operation.templateId);
  if (operation === undefined || ref === undefined) return undefined;
  if (operation.runId === undefined) return operation.status === 'InProgress' ? ref : undefined;
  const run = await store.runs.get(ref, operation.runId);
  const isUnderWay = run !== undefined && (!isOver(run) || run.cleanup === undefined);
  return isUnderWay ? ref : undefined;
}

async function giveUp(context: CommandContext, ref: TemplateRef): Promise<void> {
  const head = (await context.store.templates.get(ref))?.value;
  if (head === undefined) return;
  await healTemplate(context, head);
  await healRun(context, head);
}
