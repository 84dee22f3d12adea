import { UNKNOWN } from '../../../shared/model/principal.ts';
import { timestamp } from '../../../shared/model/time.ts';
import { accepted } from '../../../shared/model/documents/head.ts';
import type { App } from '../../app.ts';
import type { Activity } from '../activity.ts';
import type { Input } from '../../contract.ts';

/** Why a run was started that nobody asked for by a request. */
const AUTO_RUN = 'autoRun';

/** Ends `Creating` or `Updating`. A newer submission of the same template wins: this one then only ends its operation. */
export const finishSubmission: Activity<'finish-submission'> = async (app, input, engine) => {
  const { ref, revision } = input;
  const head = await app.store.templates.update(ref, (current) =>
    current.revision === revision && current.provisioningState !== 'Deleting'
      ? accepted(current, input)
      : undefined,
  );
  // The run comes before the end of the operation: whoever waited for that finds the run.
  const isReady = head.revision === revision && head.provisioningState === 'Succeeded';
  if (isReady && (await wantsAutoRun(app, input)))
    await engine.startRun(ref, AUTO_RUN, head.changedBy ?? UNKNOWN);
  await endOperation(app, input);
  await engine.advance(ref);
  return null;
};

/** A repeat comes within minutes, and runs of one template follow each other. */
const LATELY = 20;

/** Each revision starts one run by itself, however often this activity is repeated. */
async function wantsAutoRun({ store }: App, { ref, revision }: Input<'finish-submission'>): Promise<boolean> {
  const stored = await store.revisions.get(ref, revision);
  if (stored?.template.properties.autoRun !== true) return false;
  const { runs } = await store.runs.page(ref, { limit: LATELY });
  return !runs.some((run) => run.revision === revision && run.reason === AUTO_RUN);
}

async function endOperation(app: App, { operationId, failure }: Input<'finish-submission'>): Promise<void> {
  const operation = await app.store.operations.get(operationId);
  if (operation === undefined || operation.status !== 'InProgress') return;
  const status = failure === undefined ? 'Succeeded' : 'Failed';
  await app.store.operations.put({
    ...operation,
    status,
    endTime: timestamp(app.now()),
    ...(failure && { error: failure }),
  });
}
