import type { MachineView } from '../../../shared/ports/azure.ts';
import type { BuildPlan, CommandPlan } from '../../../shared/model/plan.ts';
import { lastLines } from '../../../shared/planning/last-lines.ts';
import type { Failure } from '../../../shared/errors/failure.ts';
import type { OsType } from '../../../shared/guest/os-type.ts';
import { timestamp } from '../../../shared/model/time.ts';

/** Why a command will never report, in words for the run's own message. */

/** The helper VM of an ISO runs Linux, whatever it installs. */
export function osOf({ source }: BuildPlan, { machine }: CommandPlan): OsType {
  return machine === 'install' ? 'Linux' : source.osType;
}

const WHO = 'The activity log of the staging group tells who did it, unless the machine switched itself off.';

/** `bootedAt`: undefined when only the console tells of the new start. */
export function restarted(
  command: CommandPlan,
  tail: string,
  osType: OsType,
  bootedAt: Date | undefined,
): Failure {
  const step = osType === 'Windows' ? 'WindowsRestart' : 'LinuxRestart';
  const told =
    bootedAt === undefined
      ? 'its serial console shows a new start'
      : `it started anew at ${timestamp(bootedAt)}`;
  const why = `The machine restarted while ${nameOf(command)} ran: ${told}, and the rest of the script will never run. Take the restart out of the script and put a ${step} step after it.`;
  return failure('MachineRestarted', command, tail, why);
}

export function stopped(command: CommandPlan, tail: string, machine: MachineView | undefined): Failure {
  const state = machine === undefined ? 'deleted' : (machine.power ?? 'stopped');
  const why = `The machine was ${state} while ${nameOf(command)} ran. ${WHO}`;
  return failure('MachineStopped', command, tail, why);
}

export function stoppedBefore(command: CommandPlan, power: string): Failure {
  const message = `The machine was ${power} when ${nameOf(command)} was to start. ${WHO}`;
  return { code: 'MachineStopped', message, target: command.log };
}

export function agentLost(command: CommandPlan, tail: string, since: string): Failure {
  const why = `The VM agent has not answered since ${since}, while ${nameOf(command)} ran: nothing can tell how it ends. A step must neither stop or remove the agent nor restart the machine: for that there is a restart step.`;
  return failure('AgentLost', command, tail, why);
}

function failure(code: Failure['code'], command: CommandPlan, tail: string, why: string): Failure {
  return { code, message: `${why} ${lastLines(tail)}`, target: command.log };
}

function nameOf({ label, log }: CommandPlan): string {
  return label ?? `"${log}"`;
}
