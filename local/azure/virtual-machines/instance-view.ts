import type { Cloud } from '../cloud.ts';
import { textAt, type JsonObject } from '../json.ts';
import { nameOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';
import { diskIdsOf } from './body.ts';

/** `PowerState/…` without the prefix. A transition of the control plane goes before what the machine says. */
export function powerOf(cloud: Cloud, vm: Resource): string {
  const transition = textAt(vm.state, 'transition');
  if (transition !== undefined) return transition;
  return cloud.machines.find(vm.id)?.power ?? textAt(vm.state, 'power') ?? 'stopped';
}

/** https://learn.microsoft.com/rest/api/compute/virtual-machines/instance-view */
export function instanceView(cloud: Cloud, vm: Resource): JsonObject {
  const power = powerOf(cloud, vm);
  const statuses = [provisioningStatus(vm), status(`PowerState/${power}`, `VM ${power}`)];
  if (vm.state['generalized'] === true) statuses.push(status('OSState/generalized', 'VM generalized'));
  const view: JsonObject = {
    computerName: textAt(vm.body, 'properties.osProfile.computerName') ?? nameOf(vm.id),
    osName: textAt(vm.state, 'osType') ?? 'Linux',
    hyperVGeneration: textAt(vm.state, 'generation') ?? 'V1',
    disks: diskIdsOf(vm.body).map((id) => ({
      name: nameOf(id),
      statuses: [status('ProvisioningState/succeeded', 'Provisioning succeeded')],
    })),
    bootDiagnostics: {},
    statuses,
  };
  const agent = agentView(cloud, vm, power);
  return agent === undefined ? view : { ...view, vmAgent: agent };
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

/** Present while the guest is up; `Not Ready` until its agent answers. The version says which kind of machine it is. */
function agentView(cloud: Cloud, vm: Resource, power: string): JsonObject | undefined {
  if (power !== 'running' && power !== 'starting') return undefined;
  const agent = vm.state['agent'] === 'never' ? undefined : cloud.machines.find(vm.id)?.agent;
  const time = new Date().toISOString();
  if (agent === undefined)
    return {
      vmAgentVersion: 'Unknown',
      extensionHandlers: [],
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
    vmAgentVersion: agent,
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
  return { code, level: 'Info', displayStatus, time: new Date().toISOString() };
}
