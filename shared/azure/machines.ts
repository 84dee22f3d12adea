import type { InstanceViewStatus, VirtualMachine } from '@azure/arm-compute';
import { KilnError } from '../errors/failure.ts';
import { resourceId } from '../model/convert.ts';
import { idIn } from './addresses.ts';
import { parseUrl, textAt } from './answer.ts';
import { apiVersionOf } from './api-versions.ts';
import { withWait } from './ask.ts';
import type { Connection } from './clients.ts';
import { hasCode } from './errors.ts';
import { machineBody, type MachineOptions } from './machine-body.ts';
import { start, startRemoval, watch } from './operations.ts';
import { assertOurs, orUndefined } from './ownership.ts';
import type { Azure, MachineRequest, MachineView, StartedOperation } from '../ports/azure.ts';

/** Characters; the end of the log is what tells why a machine did not come up. */
const SERIAL_LOG_LIMIT = 1024 * 1024;

export function machinesOf(connection: Connection, options: MachineOptions): Azure['machines'] {
  const { virtualMachines } = connection.compute;
  return {
    async get(group, name) {
      const found = await orUndefined(
        withWait((options) => virtualMachines.get(group, name, { ...options, expand: 'instanceView' })),
      );
      return found && { ...viewOf(found.value), ...found.wait };
    },
    async start(group, name, request) {
      const body = await machineBody(name, request, options);
      try {
        return await start(
          connection,
          (options) => virtualMachines.createOrUpdate(group, name, body, { ...options, ifNoneMatch: '*' }),
          ({ body: made }) =>
            assertSecurity(name, request, textAt(made, 'properties', 'securityProfile', 'securityType')),
        );
      } catch (error) {
        // 412: the name is taken. 409: the same, seen while the first request is still at work.
        if (!hasCode(error, 'PreconditionFailed', 'AzureConflict')) throw error;
        return await adoptMachine(connection, { group, name, request, error });
      }
    },
    startRemoval: async (group, name) =>
      await startRemoval(connection, (options) => virtualMachines.delete(group, name, options)),
    startRestart: async (group, name) =>
      await start(connection, (options) => virtualMachines.restart(group, name, options)),
    startDeallocate: async (group, name) =>
      await start(connection, (options) => virtualMachines.deallocate(group, name, options)),
    generalize: async (group, name) => {
      await virtualMachines.generalize(group, name);
    },
    async serialLog(group, name) {
      const { serialConsoleLogBlobUri } = await virtualMachines.retrieveBootDiagnosticsData(group, name);
      return serialConsoleLogBlobUri === undefined ? '' : await download(serialConsoleLogBlobUri);
    },
  };
}

/**
 * A subscription may make trusted launch the default of machines that do not say. No managed image comes of such a
 * machine and no definition without that security type takes it, so the build ends here and not at its capture.
 * https://learn.microsoft.com/azure/virtual-machines/trusted-launch#trusted-launch-as-default
 */
function assertSecurity(name: string, { security = 'Standard' }: MachineRequest, made = 'Standard'): void {
  if (made === security) return;
  throw new KilnError({
    code: 'TargetNotCompatible',
    message:
      `Azure made the machine ${name} with security type ${made}, though this build asked for ${security}. Trusted launch ` +
      'may be the default of this subscription: use definitions with security type TrustedLaunch, or unregister the ' +
      'feature Microsoft.Compute/TrustedLaunchByDefaultPreview.',
  });
}

async function adoptMachine(
  connection: Connection,
  { group, name, request, error }: { group: string; name: string; request: MachineRequest; error: unknown },
): Promise<StartedOperation> {
  const machine = await orUndefined(connection.compute.virtualMachines.get(group, name));
  // Gone again between the two requests: the caller repeats the creation.
  if (machine === undefined)
    throw new KilnError(
      { code: 'AzureConflict', message: `The machine ${name} existed a moment ago and is gone now.` },
      { cause: error },
    );
  const id = idIn(connection, group, `Microsoft.Compute/virtualMachines/${name}`);
  assertOurs(machine.tags ?? {}, request.tags, id);
  assertSecurity(name, request, machine.securityProfile?.securityType);
  if (machine.provisioningState === 'Deleting')
    throw new KilnError(
      { code: 'AzureConflict', message: `The machine ${name} is being deleted.`, target: id },
      { cause: error },
    );
  // Also when it has failed: the look tells why, and the next size is tried. Only the instance view knows the reason.
  return watch(connection, `${id}?$expand=instanceView`, apiVersionOf(id));
}

function viewOf(machine: VirtualMachine): MachineView {
  const disk = machine.storageProfile?.osDisk;
  const power = codesOf(machine.instanceView?.statuses).find((code) => code.startsWith('PowerState/'));
  return {
    provisioningState: machine.provisioningState ?? '',
    tags: machine.tags ?? {},
    ...(disk?.managedDisk?.id === undefined ? {} : { osDiskId: resourceId(disk.managedDisk.id) }),
    ...(disk?.name === undefined ? {} : { osDiskName: disk.name }),
    ...(power === undefined ? {} : { power: power.slice('PowerState/'.length) }),
    ...agentOf(machine),
  };
}

function agentOf({ instanceView }: VirtualMachine): Pick<MachineView, 'agent'> {
  const agent = instanceView?.vmAgent;
  if (agent === undefined) return {};
  const status = agent.statuses?.[0];
  return {
    agent: {
      ready: status?.displayStatus === 'Ready',
      version: agent.vmAgentVersion ?? '',
      ...(status?.time === undefined ? {} : { reportedAt: status.time.toISOString() }),
    },
  };
}

function codesOf(statuses: readonly InstanceViewStatus[] | undefined): readonly string[] {
  return (statuses ?? []).flatMap(({ code }) => code ?? []);
}

/** The log lies in a blob behind a signed URL, which needs and gets no token. */
async function download(url: string): Promise<string> {
  const host = parseUrl(url)?.host ?? 'an unreadable address';
  const unavailable = (why: string, cause?: unknown) =>
    new KilnError(
      { code: 'AzureUnavailable', message: `The serial log at ${host} could not be read: ${why}.` },
      { cause },
    );
  const response = await fetch(url, { signal: AbortSignal.timeout(30_000) }).catch((error: unknown) => {
    throw unavailable('no answer', error);
  });
  if (!response.ok) throw unavailable(`status ${response.status}`);
  return (await response.text()).slice(-SERIAL_LOG_LIMIT);
}
