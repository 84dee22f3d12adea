import { type Activity, operation } from '../activity.ts';

/** Restarts from outside: a script that reboots its own machine leaves its run command in `Running` for ever. */
export const startRestart: Activity<'start-restart'> = async (app, { plan, machine }) => {
  const { machines } = app.azure(plan.subscriptionId);
  return operation(
    'restart virtual machine',
    await machines.startRestart(plan.stagingGroup, machine),
    'restart',
  );
};
