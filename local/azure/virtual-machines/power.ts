import { requireResource } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { conflict } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import type { Answer } from '../http/route.ts';
import { textAt, type JsonObject } from '../json.ts';
import { accept } from '../operations/headers.ts';
import { nameOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';
import { diskIdsOf } from './body.ts';
import { boot } from './boot.ts';
import { setDiskStates } from './disks.ts';
import { powerOf } from './instance-view.ts';
import { checkIdle, checkNoAccess, checkNotGeneralized } from './rules.ts';

type Change = {
  /** Power state shown meanwhile. */
  readonly transition: string;
  readonly run: (vm: Resource) => Promise<void>;
};

/** Accepts an action: 202 with both headers; the VM shows Updating and the transition until it has ended. */
function act(request: ArmRequest, cloud: Cloud, vm: Resource, change: Change): Answer {
  cloud.resources.change(vm.id, {
    properties: { provisioningState: 'Updating' },
    state: { transition: change.transition },
  });
  const settle = (state: JsonObject) =>
    void cloud.resources.change(vm.id, {
      properties: { provisioningState: 'Succeeded' },
      state: { ...state, transition: undefined },
    });
  return accept(
    request,
    cloud,
    {
      subject: vm.id,
      run: async () => {
        await change.run(vm);
        settle({});
      },
      failed: () => settle({}),
    },
    { status: 202, location: true },
  );
}

function actionTarget(request: ArmRequest, cloud: Cloud): Resource {
  const vm = requireResource(cloud, request.id);
  checkIdle(vm);
  return vm;
}

export function deallocate(request: ArmRequest, cloud: Cloud): Answer {
  const vm = actionTarget(request, cloud);
  return act(request, cloud, vm, {
    transition: 'deallocating',
    run: async () => {
      await cloud.machines.stop(vm.id, false);
      await cloud.machines.discard(vm.id);
      setDiskStates(cloud, vm, 'Reserved');
      cloud.resources.change(vm.id, { state: { power: 'deallocated' } });
    },
  });
}

/** Stops but keeps the allocation; `skipShutdown=true` pulls the plug. */
export function powerOff(request: ArmRequest, cloud: Cloud): Answer {
  const vm = actionTarget(request, cloud);
  const force = request.query.get('skipshutdown') === 'true';
  return act(request, cloud, vm, {
    transition: 'stopping',
    run: async () => {
      await cloud.machines.stop(vm.id, force);
      const power = textAt(vm.state, 'power') === 'deallocated' ? 'deallocated' : 'stopped';
      cloud.resources.change(vm.id, { state: { power } });
    },
  });
}

export function start(request: ArmRequest, cloud: Cloud): Answer {
  const vm = actionTarget(request, cloud);
  checkNotGeneralized(vm, 'start');
  checkNoAccess(cloud, diskIdsOf(vm.body), `start virtual machine ${nameOf(vm.id)}`);
  return act(request, cloud, vm, {
    transition: 'starting',
    run: async () => {
      await boot(cloud, vm.id);
      cloud.resources.change(vm.id, { state: { power: 'running' } });
    },
  });
}

/** Resolves when the guest's agent answers again. Scripts that ran never report, as in Azure. */
export function restart(request: ArmRequest, cloud: Cloud): Answer {
  const vm = actionTarget(request, cloud);
  checkNotGeneralized(vm, 'restart');
  if (powerOf(cloud, vm) !== 'running')
    throw conflict(
      'OperationNotAllowed',
      `Operation 'restart' is not allowed on VM '${nameOf(vm.id)}' since the VM is not running.`,
    );
  return act(request, cloud, vm, {
    transition: 'starting',
    run: async () => {
      await cloud.machines.restart(vm.id);
      cloud.resources.change(vm.id, { state: { power: 'running' } });
    },
  });
}

/** Synchronous and final. https://learn.microsoft.com/azure/virtual-machines/generalize */
export function generalize(request: ArmRequest, cloud: Cloud): Answer {
  const vm = actionTarget(request, cloud);
  const power = powerOf(cloud, vm);
  if (power !== 'stopped' && power !== 'deallocated')
    throw conflict(
      'OperationNotAllowed',
      `The Virtual Machine ${vm.id} cannot be generalized because it is ${power}. Power it off or deallocate it first.`,
    );
  cloud.resources.change(vm.id, { state: { generalized: true } });
  return { status: 200 };
}
