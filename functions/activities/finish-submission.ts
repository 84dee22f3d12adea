import { timestamp } from '../../shared/build/time.ts';
import type { App } from '../app.ts';
import type { Activity } from './activity.ts';
import type { Input } from './contract.ts';

/** Ends `Creating` or `Updating`. A newer submission of the same template wins: this one then only ends its operation. */
export const finishSubmission: Activity<'finish-submission'> = async (app, input, engine) => {
  const { ref, revision, failure, exactVersion } = input;
  await app.store.templates.update(ref, (head) => {
    if (head.revision !== revision || head.provisioningState === 'Deleting') return undefined;
    const { provisioningError: _error, exactVersion: _version, ...rest } = head;
    const provisioningState = failure === undefined ? 'Succeeded' : 'Failed';
    return {
      ...rest,
      provisioningState,
      ...(failure && { provisioningError: failure }),
      ...(exactVersion && { exactVersion }),
    };
  });
  await endOperation(app, input);
  await engine.advance(ref);
  return null;
};

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
