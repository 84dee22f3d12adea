import { MACHINE } from '../../../shared/planning/names.ts';
import { preparingStep } from '../../../shared/planning/preparation.ts';
import { deprovisionScript } from '../../../shared/guest/deprovision.ts';
import { windowsDeprovision } from '../../../shared/guest/windows-deprovision.ts';
import { imageHistory } from '../../../shared/provenance/image-history.ts';
import type { HistoryText } from '../../../shared/guest/image-history.ts';
import type { BuildPlan } from '../../../shared/model/plan.ts';
import { timestamp } from '../../../shared/model/time.ts';
import type { App } from '../../app.ts';
import { type Activity, glanceAt, operation, templateOf } from '../activity.ts';
import { DEPROVISION } from './deprovision-command.ts';
import { stagingTags } from '../resources.ts';
import { deliver } from './start-command.ts';

/** Longer than the phase: the command follows the runner to its end. */
const SECONDS = 40 * 60;

/** Starts deprovisioning, once. Its command is never deleted: the agent that would answer is gone by then. */
export const startDeprovision: Activity<'start-deprovision'> = async (app, { plan }) => {
  const { commands } = app.azure(plan.subscriptionId);
  if ((await commands.get(plan.stagingGroup, MACHINE, DEPROVISION)) !== undefined) return null;
  // Also by a build that this one goes on from.
  const placed = preparingStep({ steps: plan.steps }) !== undefined;
  const history = await historyOf(app, plan);
  const isWindows = plan.source.osType === 'Windows';
  const script = isWindows ? windowsDeprovision(placed, history) : deprovisionScript(placed, history);
  const logs = await app.store.logs.target(plan.run.ref, plan.run.runId, DEPROVISION, SECONDS / 60 + 30);
  const started = await commands.start(plan.stagingGroup, MACHINE, DEPROVISION, {
    location: plan.location,
    tags: await stagingTags(app, plan),
    source: await deliver(app, script),
    parameters: script.environment,
    protectedParameters: {},
    timeoutSeconds: SECONDS,
    logs,
  });
  return operation('deprovision', started, 'command');
};

/** What the image is to say of itself: in this command, because one of its own would cost every build half a minute. */
async function historyOf(app: App, plan: BuildPlan): Promise<HistoryText | undefined> {
  const template = await templateOf(app, plan.run);
  if (template.properties.history === false) return undefined;
  const run = await glanceAt(app, plan.run);
  const now = timestamp(app.now());
  const history = imageHistory({ appName: app.name, plan, run, template, now });
  return { run: run.id, json: JSON.stringify(history, null, 2) };
}
