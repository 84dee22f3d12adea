import { Buffer } from 'node:buffer';
import type { CommandView } from '../../../shared/ports/azure.ts';
import { MACHINE } from '../../../shared/planning/names.ts';
import { paceOf } from '../../../shared/model/pace.ts';
import type { BuildPlan } from '../../../shared/model/plan.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { failureIn, isProved, notesIn } from '../../../shared/guest/proof.ts';
import type { App } from '../../app.ts';
import type { Activity } from '../activity.ts';
import { DEPROVISION } from './deprovision-command.ts';
import { note } from '../notes.ts';

/**
 * Deprovisioning has ended when the machine is off, and it is good when the runner in the machine has said so. One that
 * failed leaves the machine running and says so by the end of its command, and on Linux on the serial console, which is
 * read from outside: waiting for the deadline would tell nothing more.
 */
export const checkPowerOff: Activity<'check-power-off'> = async (app, { plan, due }) => {
  const early = due && paceOf(due, app.now());
  if (early?.isEarly === true) return { done: false, retryAfterMs: early.pauseMs };
  const { machines, commands } = app.azure(plan.subscriptionId);
  const view = await machines.get(plan.stagingGroup, MACHINE);
  if (view === undefined) {
    throw new KilnError({
      code: 'AzureNotFound',
      message: `The build VM in ${plan.stagingGroup} was deleted during deprovisioning.`,
    });
  }
  if (view.power === 'stopped' || view.power === 'deallocated') {
    await note(app, plan.run, { phase: 'generalize', topic: 'note' }, await proof(app, plan));
    return { done: true, value: null };
  }
  const command = await commands.get(plan.stagingGroup, MACHINE, DEPROVISION);
  const said = (command && failureOf(command)) ?? failureIn(await serialConsole(app, plan));
  if (said !== undefined) throw failed(`Deprovisioning failed. ${said}`);
  const wish = view.retryAfterMs ?? (due && paceOf(due, app.now()).pauseMs);
  return { done: false, ...(wish !== undefined && { retryAfterMs: wish }) };
};

/** How the command that starts and follows the runner failed; undefined while it has not. */
function failureOf(command: CommandView): string | undefined {
  const { executionState: state, provisioningState, output, error, executionMessage } = command;
  const ended = state === 'Failed' || state === 'TimedOut' || state === 'Canceled';
  if (!ended && provisioningState !== 'Failed') return undefined;
  const told = failureIn(output);
  if (told !== undefined) return told;
  const lines = [executionMessage, error, output.split('\n').slice(-10).join('\n')];
  const said = lines.filter((text) => text.trim() !== '').join('\n');
  return `Its command ended with exit code ${command.exitCode ?? 'unknown'}: ${said.slice(-2000).trim()}`;
}

/**
 * What people shall know about a machine that is off. Its log is there as far as the agent could still send it; the
 * console of a Linux machine has the same words. A machine that has a console and never said them on it was switched off
 * by somebody else, before anything was proved.
 */
async function proof(app: App, plan: BuildPlan): Promise<readonly string[]> {
  const { ref, runId } = plan.run;
  const bytes = await app.store.logs.read(ref, runId, `${DEPROVISION}.out`, 0);
  const output = Buffer.from(bytes).toString('utf8');
  if (isProved(output)) return notesIn(output);
  const serial = await serialConsole(app, plan);
  if (isProved(serial)) return notesIn(`${output}\n${serial}`);
  const off = 'The machine was switched off before Kiln had looked at the result of deprovisioning';
  const remedy = 'A deprovisioning script must leave the power-off to Kiln.';
  if (serial !== '') throw failed(`${off}. ${remedy}`);
  return [
    ...notesIn(output),
    `${off}, or could not tell it: that it is generalized is not proved. ${remedy}`,
  ];
}

/** Empty without boot diagnostics, and for Windows, whose runner has no console to write to. */
async function serialConsole(app: App, { subscriptionId, stagingGroup, source }: BuildPlan): Promise<string> {
  if (source.osType === 'Windows') return '';
  const { machines } = app.azure(subscriptionId);
  return machines.serialLog(stagingGroup, MACHINE).catch((error: unknown) => {
    if (error instanceof KilnError) return '';
    throw error;
  });
}

function failed(message: string): KilnError {
  return new KilnError({ code: 'GeneralizeFailed', message });
}
