import type { Cloud } from '../cloud.ts';
import { flagAt, textAt, type JsonObject } from '../json.ts';
import { nameOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';
import { diskIdsOf } from './body.ts';
import { agentTime, computeTime } from '../arm/times.ts';

/** `PowerState/…` without the prefix. A transition of the control plane goes before what the machine says. */
export function powerOf(cloud: Cloud, vm: Resource): string {
  const transition = textAt(vm.state, 'transition');
  if (transition !== undefined) return transition;
  return cloud.machines.find(vm.id)?.power ?? textAt(vm.state, 'power') ?? 'stopped';
}

/** https://learn.microsoft.com/rest/api/compute/virtual-machines/instance-view */
export function instanceView(cloud: Cloud, vm: Resource): JsonObject {
  const power = powerOf(cloud, vm);
  // The state of the power is a reading, not an event: it has no time.
  const { time: _, ...reading } = status(`PowerState/${power}`, `VM ${power}`);
  const statuses = [provisioningStatus(vm), reading];
  if (vm.state['generalized'] === true) statuses.push(status('OSState/generalized', 'VM generalized'));
  const view: JsonObject = {
    hyperVGeneration: textAt(vm.state, 'generation') ?? 'V1',
    disks: diskIdsOf(vm.body).map((id) => ({
      name: nameOf(id),
      statuses: [status('ProvisioningState/succeeded', 'Provisioning succeeded')],
    })),
    ...(bootDiagnosed(vm) ? { bootDiagnostics: {} } : {}),
    statuses,
  };
  const agent = agentView(cloud, vm, power);
  if (agent === undefined) return view;
  return { ...guestOf(vm, agent), ...view, vmAgent: agent };
}

function bootDiagnosed(vm: Resource): boolean {
  return flagAt(vm.body, 'properties.diagnosticsProfile.bootDiagnostics.enabled') === true;
}

/** Names come from the agent: there are none while it has not reported. */
function guestOf(vm: Resource, agent: JsonObject): JsonObject {
  if (agent['vmAgentVersion'] === 'Unknown') return {};
  return {
    computerName: textAt(vm.body, 'properties.osProfile.computerName') ?? nameOf(vm.id),
    osName: textAt(vm.state, 'osType') ?? 'Linux',
  };
}

function provisioningStatus(vm: Resource): JsonObject {
  const state = textAt(vm.body, 'properties.provisioningState') ?? 'Succeeded';
  if (state !== 'Failed')
    return status(
      `ProvisioningState/${state.toLowerCase()}`,
      state === 'Succeeded' ? 'Provisioning succeeded' : state,
    );
  const code = textAt(vm.state, 'failure.code') ?? 'InternalOperationError';
  const message = textAt(vm.state, 'failure.message') ?? '';
  return { ...status(`ProvisioningState/failed/${code}`, 'Provisioning failed'), level: 'Error', message };
}

/**
 * Present while the guest is up, `Not Ready` until its agent answers; of a machine that is off the last word of its agent.
 * The version says which kind of machine it is.
 */
function agentView(cloud: Cloud, vm: Resource, power: string): JsonObject | undefined {
  const up = power === 'running' || power === 'starting';
  const reading = vm.state['agent'] === 'never' ? undefined : cloud.machines.readAgent(vm.id);
  if (reading === undefined && !up) return undefined;
  // While it comes up again an old word does not count: the machine itself says whether its agent is there.
  const heard = up && cloud.machines.find(vm.id)?.agent === undefined ? undefined : reading;
  const time = agentTime(heard?.at);
  if (heard === undefined)
    return {
      vmAgentVersion: 'Unknown',
      statuses: [
        {
          code: 'ProvisioningState/Unavailable',
          level: 'Warning',
          displayStatus: 'Not Ready',
          message: 'VM status blob is found but not yet populated.',
          time,
        },
      ],
    };
  return {
    vmAgentVersion: heard.version,
    extensionHandlers: [],
    statuses: [
      {
        code: 'ProvisioningState/succeeded',
        level: 'Info',
        displayStatus: 'Ready',
        message: 'Guest Agent is running',
        time,
      },
    ],
  };
}

function status(code: string, displayStatus: string): JsonObject {
  return { code, level: 'Info', displayStatus, time: computeTime() };
}
