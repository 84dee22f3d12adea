import type { VirtualMachineRunCommand } from '@azure/arm-compute';
import { withWait } from './ask.ts';
import type { Connection } from './clients.ts';
import { start, startRemoval } from './operations.ts';
import { orUndefined } from './ownership.ts';
import type { Azure, CommandRequest, CommandView } from '../ports/azure.ts';

/** Managed run commands: https://learn.microsoft.com/azure/virtual-machines/run-command-overview */
export function commandsOf(connection: Connection): Azure['commands'] {
  const { virtualMachineRunCommands: runCommands } = connection.compute;
  return {
    async get(group, machine, name) {
      const found = await orUndefined(
        withWait((options) =>
          runCommands.getByVirtualMachine(group, machine, name, { ...options, expand: 'instanceView' }),
        ),
      );
      return found && { ...viewOf(found.value), ...found.wait };
    },
    async start(group, machine, name, request) {
      return await start(connection, (options) =>
        runCommands.createOrUpdate(group, machine, name, bodyOf(request), options),
      );
    },
    async remove(group, machine, name) {
      return await startRemoval(connection, (options) => runCommands.delete(group, machine, name, options));
    },
  };
}

/**
 * `asyncExecution`: the operation ends when the script starts, because one that ran until its end would be cut off at
 * 90 minutes. A script's failure is a result, not a failed deployment.
 */
function bodyOf(request: CommandRequest): VirtualMachineRunCommand {
  return {
    location: request.location,
    tags: { ...request.tags },
    source: { ...request.source },
    parameters: named(request.parameters),
    protectedParameters: named(request.protectedParameters),
    asyncExecution: true,
    timeoutInSeconds: request.timeoutSeconds,
    treatFailureAsDeploymentFailure: false,
    ...(request.logs && { outputBlobUri: request.logs.outputUrl, errorBlobUri: request.logs.errorUrl }),
  };
}

function viewOf(command: VirtualMachineRunCommand): CommandView {
  const { instanceView: view } = command;
  return {
    provisioningState: command.provisioningState ?? '',
    executionState: view?.executionState ?? 'Unknown',
    ...exitCodeOf(view),
    output: view?.output ?? '',
    error: view?.error ?? '',
    executionMessage: view?.executionMessage ?? '',
    ...(view?.startTime && { startedAt: view.startTime }),
    ...(view?.endTime && { endedAt: view.endTime }),
  };
}

/** Azure shows an exit code of 0 from the beginning; it means something only when the script has ended. */
function exitCodeOf(view: VirtualMachineRunCommand['instanceView']): Pick<CommandView, 'exitCode'> {
  const ended = /^(Succeeded|Failed|TimedOut|Canceled)$/.test(view?.executionState ?? '');
  return ended && view?.exitCode !== undefined ? { exitCode: view.exitCode } : {};
}

function named(parameters: Readonly<Record<string, string>>): { name: string; value: string }[] {
  return Object.entries(parameters).map(([name, value]) => ({ name, value }));
}
