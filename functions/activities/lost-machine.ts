import type { CommandView, MachineView } from '../../shared/azure/ports.ts';
import type { BuildPlan, CommandPlan } from '../../shared/build/plan.ts';
import { lastLines } from '../../shared/build/last-lines.ts';
import type { Failure } from '../../shared/errors/failure.ts';
import type { OsType } from '../../shared/guest/render.ts';
import { timestamp } from '../../shared/build/time.ts';
import { tailOf } from './judge-command.ts';

/** Why a command will never report, in words for the run's own message. */

/** The helper VM of an ISO runs Linux, whatever it installs. */
export function osOf({ source }: BuildPlan, { machine }: CommandPlan): OsType {
  return machine === 'install' ? 'Linux' : source.osType;
}

export function restarted(command: CommandPlan, view: CommandView, osType: OsType, bootedAt: Date): Failure {
  const step = osType === 'Windows' ? 'WindowsRestart' : 'LinuxRestart';
  const why = `The machine restarted while ${nameOf(command)} ran: it started anew at ${timestamp(bootedAt)}, and the rest of the script will never run. Take the restart out of the script and put a ${step} step after it.`;
  return failure('MachineRestarted', command, view, why);
}

export function stopped(command: CommandPlan, view: CommandView, machine: MachineView | undefined): Failure {
  const state = machine === undefined ? 'deleted' : (machine.power ?? 'stopped');
  const who =
    'The activity log of the staging group tells who did it, unless the machine switched itself off.';
  const why = `The machine was ${state} while ${nameOf(command)} ran. ${who}`;
  return failure('MachineStopped', command, view, why);
}

export function agentLost(command: CommandPlan, view: CommandView, since: string): Failure {
  const why = `The VM agent has not answered since ${since}, while ${nameOf(command)} ran: nothing can tell how it ends. A step must not stop or remove the agent.`;
  return failure('AgentLost', command, view, why);
}

function failure(code: Failure['code'], command: CommandPlan, view: CommandView, why: string): Failure {
  return { code, message: `${why} ${lastLines(tailOf(view))}`, target: command.log };
}

function nameOf({ label, log }: CommandPlan): string {
  return label ?? `"${log}"`;
}
