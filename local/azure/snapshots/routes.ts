import { requireResource } from '../arm/checks.ts';
import { listRoutes } from '../arm/lists.ts';
import type { Cloud } from '../cloud.ts';
import { beginGetAccess, endGetAccess } from '../disks/access.ts';
import { deleteDisk } from '../disks/delete.ts';
import { createOrUpdate, update, type WriteHooks } from '../disks/write.ts';
import type { ArmRequest } from '../http/request.ts';
import { ok, type Answer, type Route } from '../http/route.ts';
import { guidFrom } from '../identity/identity.ts';
import { flagAt, numberAt, objectAt, textAt, type JsonObject } from '../json.ts';
import { viewHeaders } from '../operations/headers.ts';
import { checkSnapshot } from './rules.ts';

const SNAPSHOT =
  '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute/snapshots/{snapshotName}';

const hooks: WriteHooks = {
  check: checkSnapshot,
  finish: (cloud, body) => {
    const incremental = flagAt(body, 'properties.incremental') ?? false;
    const shown = { diskState: 'Unattached', incremental, ...(incremental ? familyOf(cloud, body) : {}) };
    if (textAt(body, 'properties.creationData.createOption') !== 'CopyStart')
      return { properties: shown, state: {} };
    const copyMs = cloud.faults.latency('CrossRegionSnapshotCopy');
    return { properties: shown, state: { copyStartedAt: Date.now(), copiedAt: Date.now() + copyMs } };
  },
};

/** Incremental snapshots of one disk are a family; a copy in another region begins one of its own. */
function familyOf(cloud: Cloud, body: JsonObject): JsonObject {
  const source = cloud.resources.get(textAt(body, 'properties.creationData.sourceResourceId') ?? '');
  return { incrementalSnapshotFamilyId: guidFrom(textAt(source?.body, 'properties.uniqueId') ?? '') };
}

export const SNAPSHOT_ROUTES: readonly Route[] = [
  {
    operation: 'Snapshots_CreateOrUpdate',
    method: 'PUT',
    path: SNAPSHOT,
    handle: (request, cloud) => createOrUpdate(request, cloud, hooks),
  },
  { operation: 'Snapshots_Get', method: 'GET', path: SNAPSHOT, handle: get },
  { operation: 'Snapshots_Update', method: 'PATCH', path: SNAPSHOT, handle: update },
  { operation: 'Snapshots_Delete', method: 'DELETE', path: SNAPSHOT, handle: deleteDisk },
  {
    operation: 'Snapshots_GrantAccess',
    method: 'POST',
    path: `${SNAPSHOT}/beginGetAccess`,
    handle: beginGetAccess,
  },
  {
    operation: 'Snapshots_RevokeAccess',
    method: 'POST',
    path: `${SNAPSHOT}/endGetAccess`,
    handle: endGetAccess,
  },
  ...listRoutes('Microsoft.Compute/snapshots', {
    inGroup: 'Snapshots_ListByResourceGroup',
    inSubscription: 'Snapshots_List',
  }),
];

/** A copy from another region goes on after its operation: completionPercent counts to 100. */
function get(request: ArmRequest, cloud: Cloud): Answer {
  const { body, state } = requireResource(cloud, request.id);
  const started = numberAt(state, 'copyStartedAt');
  const ends = numberAt(state, 'copiedAt');
  if (started === undefined || ends === undefined) return ok(body);
  const share = ends <= started ? 1 : (Date.now() - started) / (ends - started);
  const completionPercent = Math.min(100, Math.floor(share * 100));
  const shown = { ...body, properties: { ...objectAt(body, 'properties'), completionPercent } };
  return ok(shown, completionPercent < 100 ? viewHeaders(cloud, request.id) : undefined);
}
