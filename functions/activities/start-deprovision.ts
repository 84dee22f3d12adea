import { MACHINE } from '../../shared/build/names.ts';
import { preparingStep } from '../../shared/build/preparation.ts';
import { deprovisionScript } from '../../shared/guest/deprovision.ts';
import { windowsDeprovision } from '../../shared/guest/windows-deprovision.ts';
import type { Activity } from './activity.ts';
import { DEPROVISION } from './deprovision-command.ts';
import { stagingTags } from './resources.ts';

/** Longer than the phase: the command follows the runner to its end. */
const SECONDS = 40 * 60;

/** Starts deprovisioning, once. Its command is never deleted: the agent that would answer is gone by then. */
export const startDeprovision: Activity<'start-deprovision'> = async (app, { plan }) => {
  const { commands } = app.azure(plan.subscriptionId);
  if ((await commands.get(plan.stagingGroup, MACHINE, DEPROVISION)) !== undefined) return null;
  const placed = preparingStep(plan) !== undefined;
  const script = plan.source.osType === 'Windows' ? windowsDeprovision(placed) : deprovisionScript(placed);
  const logs = await app.store.logs.target(plan.run.ref, plan.run.runId, DEPROVISION, SECONDS / 60 + 30);
  await commands.start(plan.stagingGroup, MACHINE, DEPROVISION, {
    location: plan.location,
    tags: await stagingTags(app, plan),
    source: { script: script.text },
    parameters: script.environment,
    protectedParameters: {},
    timeoutSeconds: SECONDS,
    logs,
  });
  return null;
};
