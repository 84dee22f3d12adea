import { requireParent, requireResource } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import type { ArmRequest } from '../http/request.ts';
import { ok, type Answer, type Route } from '../http/route.ts';
import { objectAt, textAt, type JsonObject } from '../json.ts';
import { accept, viewHeaders } from '../operations/headers.ts';
import { createOrUpdate, updateCommand, viewOf } from './create-or-update.ts';

const LIST =
  '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute/virtualMachines/{vmName}/runCommands';
const ONE = `${LIST}/{runCommandName}`;

export const RUN_COMMAND_ROUTES: readonly Route[] = [
  { operation: 'VirtualMachineRunCommands_CreateOrUpdate', method: 'PUT', path: ONE, handle: createOrUpdate },
  { operation: 'VirtualMachineRunCommands_GetByVirtualMachine', method: 'GET', path: ONE, handle: get },
  { operation: 'VirtualMachineRunCommands_Update', method: 'PATCH', path: ONE, handle: updateCommand },
  { operation: 'VirtualMachineRunCommands_Delete', method: 'DELETE', path: ONE, handle: remove },
  { operation: 'VirtualMachineRunCommands_ListByVirtualMachine', method: 'GET', path: LIST, handle: list },
];

function shown(request: ArmRequest, cloud: Cloud, body: JsonObject): JsonObject {
  if (request.query.get('$expand')?.toLowerCase() !== 'instanceview') return body;
  const instanceView = viewOf(cloud, textAt(body, 'id') ?? '');
  return { ...body, properties: { ...objectAt(body, 'properties'), instanceView } };
}

/** While the script runs the answer says when to ask again. */
function get(request: ArmRequest, cloud: Cloud): Answer {
  requireParent(cloud, request.id);
  const { id, body } = requireResource(cloud, request.id);
  const state = textAt(viewOf(cloud, id), 'executionState');
  const busy = state === 'Running' || state === 'Pending';
  return ok(shown(request, cloud, body), busy ? viewHeaders(cloud, id) : undefined);
}

function list(request: ArmRequest, cloud: Cloud): Answer {
  const vm = requireResource(cloud, request.id);
  const commands = cloud.resources.list(vm.id, 'Microsoft.Compute/virtualMachines/runCommands');
  return ok({ value: commands.map(({ body }) => shown(request, cloud, body)) });
}

/** Also the way to cancel: a script that runs is killed. */
function remove(request: ArmRequest, cloud: Cloud): Answer {
  const command = cloud.resources.get(request.id);
  if (command === undefined) return { status: 204 };
  cloud.resources.change(command.id, { properties: { provisioningState: 'Deleting' } });
  return accept(
    request,
    cloud,
    {
      subject: command.id,
      run: () => {
        cloud.executions.cancel(command.id);
        cloud.resources.remove(command.id);
      },
    },
    { status: 202, location: true },
  );
}
