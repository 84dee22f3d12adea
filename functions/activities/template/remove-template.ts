import { timestamp } from '../../../shared/model/time.ts';
import { preserveEvents } from '../../../shared/messaging/preserve.ts';
import type { Activity } from '../activity.ts';

export const removeTemplate: Activity<'remove-template'> = async (app, { ref, operationId }) => {
  await preserveEvents(app.store, ref);
  await app.store.packageIndex.forget({ schema: 1, gone: ref, at: timestamp(app.now()) });
  await app.store.templates.remove(ref);
  const operation = await app.store.operations.get(operationId);
  if (operation?.status !== 'InProgress') return null;
  await app.store.operations.put({ ...operation, status: 'Succeeded', endTime: timestamp(app.now()) });
  return null;
};
