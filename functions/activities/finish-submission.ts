import { timestamp } from '../../shared/build/time.ts';
import type { App } from '../app.ts';
import type { Activity } from './activity.ts';
import type { Input } from './contract.ts';

/** Why a run was started that nobody asked for by a request. */
const AUTO_RUN = 'autoRun';

/** Ends `Creating` or `Updating`. A newer submission of the same template wins: this one then only ends its operation. */
export const finishSubmission: Activity<'finish-submission'> = async (app, input, engine) => {
  const { ref, revision, failure, exactVersion, identities } = input;
  const head = await app.store.templates.update(ref, (current) => {
    if (current.revision !== revision || current.provisioningState === 'Deleting') return undefined;
    const { provisioningError: _error, exactVersion: _version, identities: _identities, ...rest } = current;
    const provisioningState = failure === undefined ? 'Succeeded' : 'Failed';
    return {
      ...rest,
      provisioningState,
      ...(failure && { provisioningError: failure }),
      ...(exactVersion && { exactVersion }),
      ...(identities?.length && { identities }),
    };
  });
  // The run comes before the end of the operation: whoever waited for that finds the run.
  const isReady = head.revision === revision && head.provisioningState === 'Succeeded';
  if (isReady && (await wantsAutoRun(app, input))) await engine.startRun(ref, AUTO_RUN);
  await endOperation(app, input);
  await engine.advance(ref);
  return null;
};

/** Each revision starts one run by itself, however often this activity is repeated. */
async function wantsAutoRun({ store }: App, { ref, revision }: Input<'finish-submission'>): Promise<boolean> {
  const stored = await store.revisions.get(ref, revision);
  if (stored?.template.properties.autoRun !== true) return false;
  const runs = await store.runs.list(ref);
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
