import { KilnError } from '../../shared/errors/failure.ts';
import { lastLines } from '../../shared/build/last-lines.ts';
import type { CommandPlan } from '../../shared/build/plan.ts';
import type { CommandView } from '../../shared/azure/ports.ts';
import type { App } from '../app.ts';
import { type Activity, refuseIfCanceled } from './activity.ts';
import type { Input } from './contract.ts';
import { judge } from './judge-command.ts';
import { lastOutput } from './last-output.ts';
import { osOf, stopped } from './lost-machine.ts';
import { watchMachine } from './watch-machine.ts';

export const checkCommand: Activity<'check-command'> = async (app, input) => {
  const { plan, command, seen } = input;
  const view = await app
    .azure(plan.subscriptionId)
    .commands.get(plan.stagingGroup, command.machine, command.name);
  if (view === undefined) {
    throw new KilnError(await gone(app, input));
  }
  const pulse = seen?.pulse?.name;
  const { timeoutSeconds, log } = command;
  const ended = judge(view, { osType: osOf(plan, command), timeoutSeconds, log });
  if (ended !== undefined) return { done: true, value: { ...ended, ...(pulse && { pulse }) } };
  if (view.provisioningState === 'Failed') throw new KilnError(await refused(app, input, view));
  await refuseIfCanceled(app, plan.run);
  const wait = view.retryAfterMs === undefined ? {} : { retryAfterMs: view.retryAfterMs };
  if (!isWatched(command)) return { done: false, ...wait };
  const step = await watchMachine({ ...input, app, view, now: app.now() });
  if (step.outcome !== undefined) return { done: true, value: { ...step.outcome, ...(pulse && { pulse }) } };
  const soon = step.retryAfterMs === undefined ? wait : { retryAfterMs: step.retryAfterMs };
  return { done: false, ...soon, seen: step.seen };
};

/** Deleting a VM, as the eviction of a Spot VM may, deletes its commands. */
async function gone(app: App, { plan, command }: Input<'check-command'>): Promise<KilnError['failure']> {
  const machine = await app.azure(plan.subscriptionId).machines.get(plan.stagingGroup, command.machine);
  const tail = await lastOutput(app, plan, command, undefined);
  if (machine === undefined) return stopped(command, tail, undefined);
  const message = `The run command of ${command.label ?? `"${command.log}"`} is gone; somebody deleted it. ${lastLines(tail)}`;
  return { code: 'AzureNotFound', message };
}

/** Whatever Kiln asks during a restart is to be away for a while. */
export function isWatched({ script }: CommandPlan): boolean {
  return script.kind === 'step' || script.kind === 'fetch-medium' || script.kind === 'install-system';
}

/** The operation that started the command knows why it failed; its resource does not. */
async function refused(
  app: App,
  { plan, command, handle }: Input<'check-command'>,
  view: CommandView,
): Promise<KilnError['failure']> {
  const what = `Azure could not run ${command.label ?? `"${command.log}"`}`;
  const failed = await whyFailed(app, plan.subscriptionId, handle);
  const reason = failed?.message ?? (view.executionMessage || 'no reason was given.');
  const { azure } = failed ?? {};
  return {
    code: 'AgentFailed',
    message: `${what}: ${reason}`,
    target: command.log,
    ...(azure && { azure }),
  };
}

async function whyFailed(
  app: App,
  subscriptionId: string,
  handle: Input<'check-command'>['handle'],
): Promise<KilnError['failure'] | undefined> {
  if (handle === undefined || handle.done) return undefined;
  try {
    await app.azure(subscriptionId).operations.look(handle.pollUrl);
    return undefined;
  } catch (error) {
    if (error instanceof KilnError) return error.failure;
    throw error;
  }
}
