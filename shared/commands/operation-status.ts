import type { Failure } from '../errors/failure.ts';
import type { Operation, Run } from '../model/documents/documents.ts';
import { parseTemplateId } from '../model/ids.ts';
import type { TemplateRef } from '../model/template.ts';
import { type CommandContext, HEAL_AFTER_MS } from './context.ts';
import { healRun } from './run-claim.ts';
import { isOver } from '../model/documents/run.ts';
import { healTemplate, pendingOperation } from './template-operation.ts';

type Outcome = Pick<Operation, 'status' | 'endTime' | 'error'>;

/**
 * An operation as it stands now. Operations of runs are read from the run, so that they never disagree with it. A reader
 * who waits also heals: nobody else may come along after the process that should have started the work died.
 */
export async function operationStatus(context: CommandContext, id: string): Promise<Operation | undefined> {
  const operation = await context.store.operations.get(id);
  if (operation?.status !== 'InProgress') return operation;
  const ref = parseTemplateId(operation.templateId);
  if (ref === undefined) return operation;
  const outcome = await outcomeOf(context, operation, ref);
  return { ...operation, ...outcome };
}

async function outcomeOf(context: CommandContext, operation: Operation, ref: TemplateRef): Promise<Outcome> {
  const isYoung = context.now().getTime() - Date.parse(operation.startTime) < HEAL_AFTER_MS;
  const run = operation.runId ?? operation.cancels;
  if (run !== undefined) {
    const before = await context.store.runs.get(ref, run);
    const head = (await context.store.templates.get(ref))?.value;
    const isHeld = head?.activeRun === run;
    const claim = isHeld && !isYoung ? await healRun(context, head) : 'live';
    // The template lets go of a run after its end is stored; whoever is told of the end must find it there too.
    if (isHeld && claim !== 'released') return { status: 'InProgress' };
    const after = before !== undefined && isOver(before) ? before : await context.store.runs.get(ref, run);
    if (operation.cancels !== undefined) return ofCancel(after);
    if (after === undefined && head === undefined) return canceled('The template was deleted with its runs.');
    return ofRun(after);
  }
  if (isYoung) return { status: 'InProgress' };
  return ofTemplate(context, operation, ref);
}

async function ofTemplate(context: CommandContext, operation: Operation, ref: TemplateRef): Promise<Outcome> {
  const head = (await context.store.templates.get(ref))?.value;
  const isPending = head !== undefined && pendingOperation(head)?.toUpperCase() === operation.id;
  if (isPending && (await healTemplate(context, head)) === 'live') return { status: 'InProgress' };
  // Its last activity writes the operation after the head, so that the document may be newer than the one read first.
  const latest = await context.store.operations.get(operation.id);
  if (latest !== undefined && latest.status !== 'InProgress') return latest;
  const isLive = (await context.engine.state(operation.id.toLowerCase())) === 'live';
  return isLive ? { status: 'InProgress' } : { status: 'Failed', error: lost(operation) };
}

function lost({ id }: Operation): Failure {
  const message = `Operation ${id} ended without an outcome. Send the request again; report this id if it stays.`;
  return { code: 'InternalError', message };
}

function ofRun(run: Run | undefined): Outcome {
  if (run === undefined || !isOver(run)) return { status: 'InProgress' };
  const end = run.endTime === undefined ? {} : { endTime: run.endTime };
  if (run.state === 'Succeeded') return { status: 'Succeeded', ...end };
  if (run.state === 'Canceled') return { ...canceled(run.message), ...end };
  // Partly distributed is not what was asked for: a pipeline that only looks at the operation must not go on.
  return {
    status: 'Failed',
    ...end,
    error: run.error ?? { code: 'DistributionFailed', message: run.message },
  };
}

/**
 * A canceled operation says why like a failed one does; without `error` clients make up words of their own.
 * https://github.com/cloud-and-ai-microsoft/resource-provider-contract/blob/master/v1.0/async-api-reference.md#azure-asyncoperation-resource-format
 */
const canceled = (message: string): Outcome => ({
  status: 'Canceled',
  error: { code: 'RunCanceled', message: message === '' ? 'The run was canceled.' : message },
});

function ofCancel(run: Run | undefined): Outcome {
  if (run !== undefined && !isOver(run)) return { status: 'InProgress' };
  return { status: 'Succeeded', ...(run?.endTime !== undefined && { endTime: run.endTime }) };
}
