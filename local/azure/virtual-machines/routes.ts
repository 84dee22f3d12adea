import { requireResource } from '../arm/checks.ts';
import { listRoutes } from '../arm/lists.ts';
import type { Cloud } from '../cloud.ts';
import type { ArmRequest } from '../http/request.ts';
import { ok, type Answer, type Handler, type Route } from '../http/route.ts';
import { objectAt, textAt } from '../json.ts';
import { retrieveBootDiagnosticsData } from './boot-diagnostics.ts';
import { viewHeaders } from '../operations/headers.ts';
import { createOrUpdate, update } from './create-or-update.ts';
import { deleteVm } from './delete.ts';
import { installPatches } from './install-patches.ts';
import { instanceView } from './instance-view.ts';
import { shownVm } from './shown.ts';
import { deallocate, generalize, powerOff, restart, start } from './power.ts';

const VM =
  '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute/virtualMachines/{vmName}';

function action(name: string, handle: Handler): Route {
  const operation = `VirtualMachines_${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return { operation, method: 'POST', path: `${VM}/${name}`, handle };
}

export const VIRTUAL_MACHINE_ROUTES: readonly Route[] = [
  { operation: 'VirtualMachines_CreateOrUpdate', method: 'PUT', path: VM, handle: createOrUpdate },
  {
    operation: 'VirtualMachines_Update',
    method: 'PATCH',
    path: VM,
    handle: (request, cloud) => update(request, cloud, requireResource(cloud, request.id)),
  },
  { operation: 'VirtualMachines_Get', method: 'GET', path: VM, handle: get },
  {
    operation: 'VirtualMachines_InstanceView',
    method: 'GET',
    path: `${VM}/instanceView`,
    handle: (request, cloud) => ok(instanceView(cloud, requireResource(cloud, request.id))),
  },
  { operation: 'VirtualMachines_Delete', method: 'DELETE', path: VM, handle: deleteVm },
  action('deallocate', deallocate),
  action('powerOff', powerOff),
  action('start', start),
  action('restart', restart),
  action('generalize', generalize),
  action('installPatches', installPatches),
  action('retrieveBootDiagnosticsData', retrieveBootDiagnosticsData),
  ...listRoutes('Microsoft.Compute/virtualMachines', {
    inGroup: 'VirtualMachines_List',
    inSubscription: 'VirtualMachines_ListAll',
    shown: shownVm,
  }),
];

function get(request: ArmRequest, cloud: Cloud): Answer {
  const vm = requireResource(cloud, request.id);
  const body = shownVm(cloud, vm);
  if (request.query.get('$expand')?.toLowerCase() !== 'instanceview')
    return ok(body, { ETag: textAt(body, 'etag') ?? '' });
  const properties = { ...objectAt(body, 'properties'), instanceView: instanceView(cloud, vm) };
  // Whoever asks for the instance view waits for something: the agent, or the end of the guest.
  return ok({ ...body, properties }, viewHeaders(cloud, vm.id));
}
