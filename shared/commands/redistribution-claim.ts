import { reopened } from '../model/documents/run.ts';
import { endsOf } from '../model/run-events.ts';
import { record } from '../audit/record.ts';
import type { Redistribution, TemplateHead } from '../model/documents/documents.ts';
import { templateId } from '../model/ids.ts';
import type { RunId } from '../model/template.ts';
import type { CommandContext } from './context.ts';

export type Claim = { readonly runId: RunId; readonly redistribution: Redistribution };

/** Does what follows the claim of a head by a redistribution. Repeating it changes nothing. */
export async function carryOutRedistribution(
  context: CommandContext,
  { ref }: TemplateHead,
  { runId, redistribution }: Claim,
): Promise<void> {
  const { store, engine, now } = context;
  const { instance, attempt, operationId, requestedBy, newTargets } = redistribution;
  const at = redistribution.requestedAt ?? now().toISOString();
  const run = await store.runs.update(ref, runId, (current) => reopened(current, attempt));
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
  await engine.start(instance, { name: 'redistribute', input });
}
