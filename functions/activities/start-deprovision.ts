import { MACHINE } from '../../shared/build/names.ts';
import { deprovisionScript } from '../../shared/guest/deprovision.ts';
import { windowsDeprovision } from '../../shared/guest/windows-deprovision.ts';
import type { Activity } from './activity.ts';
import { stagingTags } from './resources.ts';

const COMMAND = 'deprovision';

/** Starts deprovisioning, once. Its command is never deleted: the agent that would answer is gone by then. */
export const startDeprovision: Activity<'start-deprovision'> = async (app, { plan }) => {
  const { commands } = app.azure(plan.subscriptionId);
  if ((await commands.get(plan.stagingGroup, MACHINE, COMMAND)) !== undefined) return null;
  const script = plan.source.osType === 'Windows' ? windowsDeprovision() : deprovisionScript();
  const logs = await app.store.logs.target(plan.run.ref, plan.run.runId, COMMAND, 60);
  await commands.start(plan.stagingGroup, MACHINE, COMMAND, {
    location: plan.location,
    tags: await stagingTags(app, plan),
    source: { script: script.text },
    parameters: script.environment,
    protectedParameters: {},
    timeoutSeconds: 600,
    logs,
  });
  return null;
};
