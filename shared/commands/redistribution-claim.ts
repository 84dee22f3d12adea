import { endsOf } from '../messaging/run-events.ts';
import { record } from '../audit/record.ts';
import type { Redistribution, Run, RunEnd, TemplateHead } from '../store/documents.ts';
import { templateId } from '../template/ids.ts';
import type { RunId } from '../template/model.ts';
import type { CommandContext } from './context.ts';

export type Claim = { readonly runId: RunId; readonly redistribution: Redistribution };

/** Does what follows the claim of a head by a redistribution. Repeating it changes nothing. */
export async function carryOutRedistribution(
  context: CommandContext,
  { ref }: TemplateHead,
  { runId, redistribution }: Claim,
): Promise<void> {
  const { store, orchestrations, now } = context;
  const { instance, attempt, operationId, requestedBy, newTargets } = redistribution;
  const at = redistribution.requestedAt ?? now().toISOString();
  const run = await store.runs.update(ref, runId, (current) => reopen(current, attempt));
  // The run tells how it goes on and how it ends this time. Noted before it is open again, a delivery in between would
  // find its old end, have nothing more to tell, and take the note away.
  const after = endsOf(run).at(-1) ?? '';
  await store.outbox.addRunAgain(ref, runId, { attempt, after, at: now().toISOString() });
  if ((await store.operations.get(operationId)) === undefined) {
    const operation = { id: operationId, startTime: now().toISOString(), templateId: templateId(ref), runId };
    await store.operations.put({ schema: 1, status: 'InProgress', ...operation });
  }
  const { revision } = run;
  const action = newTargets === undefined ? 'run.retry' : 'run.distribute';
  await record(
    context,
    { id: operationId, at, action, resource: templateId(ref), runId, revision },
    requestedBy,
  );
  const input = { ref, runId, revision, attempt, operationId };
  await orchestrations.start(instance, { name: 'redistribute', input });
}

/** The same run, running again. How it had ended stays with it: not everybody may have been told. */
function reopen(run: Run, attempt: number): Run | undefined {
  if ((run.attempt ?? 0) >= attempt) return undefined;
  const { endTime: _end, error: _error, cleanup: _cleanup, cancelRequestedAt: _cancel, ...open } = run;
  const { diskReader: _reader, replacing: _replacing, ...rest } = open;
  const earlierEnds = [...(run.earlierEnds ?? []), endOf(run)];
  return { ...rest, attempt, earlierEnds, state: 'Running', subState: 'Distributing', message: '' };
}

function endOf({ state, message, startTime, endTime, error, outputs, source, attempt }: Run): RunEnd {
  return {
    state,
    message,
    startTime,
    outputs,
    ...(endTime !== undefined && { endTime }),
    ...(error && { error }),
    ...(source !== undefined && { source }),
    ...(attempt !== undefined && { attempt }),
  };
}
