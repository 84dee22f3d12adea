import { requireResource } from '../arm/checks.ts';
import { listRoutes } from '../arm/lists.ts';
import { ok, type Route } from '../http/route.ts';
import { beginGetAccess, endGetAccess } from './access.ts';
import { deleteDisk } from './delete.ts';
import { createOrUpdate, update, type WriteHooks } from './write.ts';

const DISK =
  '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute/disks/{diskName}';

const hooks: WriteHooks = {
  finish: () => ({ properties: { diskState: 'Unattached' }, state: {} }),
};

export const DISK_ROUTES: readonly Route[] = [
  {
    operation: 'Disks_CreateOrUpdate',
    method: 'PUT',
    path: DISK,
    handle: (request, cloud) => createOrUpdate(request, cloud, hooks),
  },
  {
    operation: 'Disks_Get',
    method: 'GET',
    path: DISK,
    handle: (request, cloud) => ok(requireResource(cloud, request.id).body),
  },
  { operation: 'Disks_Update', method: 'PATCH', path: DISK, handle: update },
  { operation: 'Disks_Delete', method: 'DELETE', path: DISK, handle: deleteDisk },
  { operation: 'Disks_GrantAccess', method: 'POST', path: `${DISK}/beginGetAccess`, handle: beginGetAccess },
  { operation: 'Disks_RevokeAccess', method: 'POST', path: `${DISK}/endGetAccess`, handle: endGetAccess },
  ...listRoutes('Microsoft.Compute/disks', {
    inGroup: 'Disks_ListByResourceGroup',
    inSubscription: 'Disks_List',
  }),
];
