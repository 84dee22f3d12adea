import { requireParent, requireResource } from '../arm/checks.ts';
import { listRoutes } from '../arm/lists.ts';
import { plainRoutes } from '../arm/plain-resource.ts';
import type { Cloud } from '../cloud.ts';
import { releaseDisks } from '../disks/backing.ts';
import type { ArmRequest } from '../http/request.ts';
import { ok, type Answer, type Route } from '../http/route.ts';
import { objectAt } from '../json.ts';
import { accept, viewHeaders } from '../operations/headers.ts';
import { keep, keepsDeleted } from './recycle-bin.ts';
import { isReplicating, replicationStatus } from './replication.ts';
import { checkDeletable, checkSettled } from './rules.ts';
import { GALLERY_TYPES } from './types.ts';
import { patchVersion, writeVersion } from './write-version.ts';

const GALLERY =
  '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute/galleries/{galleryName}';
const DEFINITION = `${GALLERY}/images/{galleryImageName}`;
const VERSION = `${DEFINITION}/versions/{galleryImageVersionName}`;

export const GALLERY_ROUTES: readonly Route[] = [
  ...GALLERY_TYPES.flatMap(plainRoutes),
  ...listRoutes('Microsoft.Compute/galleries', {
    inGroup: 'Galleries_ListByResourceGroup',
    inSubscription: 'Galleries_List',
  }),
  {
    operation: 'GalleryImages_ListByGallery',
    method: 'GET',
    path: `${GALLERY}/images`,
    handle: (request, cloud) => list(request, cloud, 'Microsoft.Compute/galleries/images'),
  },
  { operation: 'GalleryImageVersions_CreateOrUpdate', method: 'PUT', path: VERSION, handle: writeVersion },
  { operation: 'GalleryImageVersions_Get', method: 'GET', path: VERSION, handle: get },
  {
    operation: 'GalleryImageVersions_Update',
    method: 'PATCH',
    path: VERSION,
    handle: (request, cloud) => patchVersion(request, cloud, requireResource(cloud, request.id)),
  },
  { operation: 'GalleryImageVersions_Delete', method: 'DELETE', path: VERSION, handle: remove },
  {
    operation: 'GalleryImageVersions_ListByGalleryImage',
    method: 'GET',
    path: `${DEFINITION}/versions`,
    handle: (request, cloud) => list(request, cloud, 'Microsoft.Compute/galleries/images/versions'),
  },
];

function list(request: ArmRequest, cloud: Cloud, type: string): Answer {
  const parent = requireResource(cloud, request.id);
  return ok({ value: cloud.resources.list(parent.id, type).map(({ body }) => body) });
}

/** While a region replicates the answer says when to ask again. */
function get(request: ArmRequest, cloud: Cloud): Answer {
  requireParent(cloud, request.id);
  const version = requireResource(cloud, request.id);
  const headers = isReplicating(version) ? viewHeaders(cloud, version.id) : undefined;
  if (request.query.get('$expand')?.toLowerCase() !== 'replicationstatus') return ok(version.body, headers);
  const properties = {
    ...objectAt(version.body, 'properties'),
    replicationStatus: replicationStatus(version),
  };
  return ok({ ...version.body, properties }, headers);
}

function remove(request: ArmRequest, cloud: Cloud): Answer {
  const version = cloud.resources.get(request.id);
  if (version === undefined) return { status: 204 };
  checkSettled(version);
  checkDeletable(version);
  cloud.resources.change(version.id, { properties: { provisioningState: 'Deleting' } });
  const run = async () => {
    if (keepsDeleted(cloud, version)) return keep(cloud, version);
    await releaseDisks(cloud, version);
    cloud.resources.remove(version.id);
  };
  return accept(request, cloud, { subject: version.id, run }, { status: 202, location: true });
}
