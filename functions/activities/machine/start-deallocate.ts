import { MACHINE } from '../../../shared/planning/names.ts';
import { type Activity, operation } from '../activity.ts';

export const startDeallocate: Activity<'start-deallocate'> = async (app, { plan }) => {
  const { machines } = app.azure(plan.subscriptionId);
  return operation(
    'deallocate virtual machine',
    await machines.startDeallocate(plan.stagingGroup, MACHINE),
    'deallocate',
  );
};
