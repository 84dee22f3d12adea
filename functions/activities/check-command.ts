import { KilnError } from '../../shared/errors/failure.ts';
import type { CommandView } from '../../shared/azure/ports.ts';
import { type Activity, refuseIfCanceled } from './activity.ts';
import type { CommandOutcome, Probe } from './contract.ts';

export const checkCommand: Activity<'check-command'> = async (app, { plan, command }) => {
  const { commands } = app.azure(plan.subscriptionId);
  const view = await commands.get(plan.stagingGroup, command.machine, command.name);
  if (view !== undefined) {
    const probe = judge(view, command.log);
    if (!probe.done) await refuseIfCanceled(app, plan.run);
    return probe;
  }
  const message = `The run command of "${command.log}" is gone; somebody deleted it or the VM.`;
  throw new KilnError({ code: 'AzureNotFound', message });
};

function judge(view: CommandView, name: string): Probe<CommandOutcome> {
  const { executionState: state, exitCode } = view;
  if (state === 'Succeeded' || state === 'Failed' || state === 'TimedOut' || state === 'Canceled') {
    // Linux never reports TimedOut: a script that is killed at its limit has exit code -1.
    // https://github.com/Azure/run-command-handler-linux
    const timedOut = state === 'TimedOut' || (state === 'Failed' && exitCode === -1);
    return {
      done: true,
      value: { exitCode: exitCode ?? (state === 'Succeeded' ? 0 : -1), timedOut, tail: tailOf(view) },
    };
  }
  if (view.provisioningState === 'Failed') {
    const message = `Azure could not run "${name}": ${view.executionMessage || 'no reason was given'}.`;
    throw new KilnError({ code: 'CustomizerFailed', message, target: name });
  }
  return { done: false, ...(view.retryAfterMs !== undefined && { retryAfterMs: view.retryAfterMs }) };
}

function tailOf({ output, error }: CommandView): string {
  return [output, error]
    .filter((text) => text !== '')
    .join('\n')
    .slice(-4096);
}
