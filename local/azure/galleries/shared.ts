import { checkLocation } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { notFound } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import { type Answer, ok, param, type Route } from '../http/route.ts';
import { type JsonObject, objectAt, sameText, textAt } from '../json.ts';
import { nameOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';
import { regionState } from './replication.ts';

/**
 * Galleries as those see them who only share them: by a unique or public name, in one region, read only. Here every gallery
 * with `permissions: Groups` is shared with this subscription; Azure asks for a list of subscriptions or tenants.
 * https://learn.microsoft.com/rest/api/compute/shared-gallery-images
 */
const GALLERIES = 'Microsoft.Compute/galleries';
const VERSIONS = `${GALLERIES}/images/versions`;
const LOCATION = '/subscriptions/{subscriptionId}/providers/Microsoft.Compute/locations/{location}';

type Kind = {
  readonly operations: string;
  readonly segment: 'sharedGalleries' | 'communityGalleries';
  readonly parameter: string;
  readonly isCalled: (gallery: Resource, name: string) => boolean;
};

const DIRECT: Kind = {
  operations: 'SharedGallery',
  segment: 'sharedGalleries',
  parameter: 'galleryUniqueName',
  isCalled: ({ body }, name) =>
    textAt(body, 'properties.sharingProfile.permissions') === 'Groups' &&
    sameText(textAt(body, 'properties.identifier.uniqueName'), name),
};

const COMMUNITY: Kind = {
  operations: 'CommunityGallery',
  segment: 'communityGalleries',
  parameter: 'publicGalleryName',
  isCalled: ({ body }, name) => {
    const names = objectAt(body, 'properties.sharingProfile.communityGalleryInfo')['publicNames'];
    return Array.isArray(names) && names.some((one) => typeof one === 'string' && sameText(one, name));
  },
};

export const SHARED_GALLERY_ROUTES: readonly Route[] = [DIRECT, COMMUNITY].flatMap(routesOf);

function routesOf(kind: Kind): Route[] {
  const image = `${LOCATION}/${kind.segment}/{${kind.parameter}}/images/{galleryImageName}`;
  const version = `${image}/versions/{galleryImageVersionName}`;
  const names = (request: ArmRequest) => ({
    gallery: param(request, kind.parameter),
    image: param(request, 'galleryImageName'),
  });
  return [
    {
      operation: `${kind.operations}Images_Get`,
      method: 'GET',
      path: image,
      handle: (request, cloud) => ok(shown(request, kind, definitionOf(cloud, kind, names(request)))),
    },
    {
      operation: `${kind.operations}ImageVersions_List`,
      method: 'GET',
      path: `${image}/versions`,
      handle: (request, cloud) => listVersions(request, cloud, { kind, ...names(request) }),
    },
    {
      operation: `${kind.operations}ImageVersions_Get`,
      method: 'GET',
      path: version,
      handle: (request, cloud) => getVersion(request, cloud, { kind, ...names(request) }),
    },
  ];
}

type Names = { readonly gallery: string; readonly image: string };

/** The definition that a shared one is for its owner. Throws NotFound. */
function definitionOf(cloud: Cloud, kind: Kind, { gallery, image }: Names): Resource {
  const scope = `/subscriptions/${cloud.subscriptionId}`;
  const owner = cloud.resources.list(scope, GALLERIES).find((one) => kind.isCalled(one, gallery));
  const found = owner && cloud.resources.get(`${owner.id}/images/${image}`);
  if (found !== undefined) return found;
  throw notFound('GalleryImageNotFound', `The image ${gallery}/${image} was not found.`);
}

function versionsIn(cloud: Cloud, definition: Resource, location: string): Resource[] {
  const all = cloud.resources.list(definition.id, VERSIONS);
  return all.filter((version) => regionState(cloud, version, location) === 'Completed');
}

type Asked = Names & { readonly kind: Kind };

function listVersions(request: ArmRequest, cloud: Cloud, { kind, ...names }: Asked): Answer {
  const location = checkLocation(cloud, param(request, 'location'), kind.segment);
  const found = versionsIn(cloud, definitionOf(cloud, kind, names), location);
  return ok({ value: found.map((version) => shown(request, kind, version)) });
}

function getVersion(request: ArmRequest, cloud: Cloud, { kind, ...names }: Asked): Answer {
  const location = checkLocation(cloud, param(request, 'location'), kind.segment);
  const wanted = param(request, 'galleryImageVersionName');
  const found = versionsIn(cloud, definitionOf(cloud, kind, names), location);
  const version = found.find(({ id }) => sameText(nameOf(id), wanted));
  if (version === undefined)
    throw notFound('GalleryImageVersionNotFound', `Version ${wanted} was not found in ${location}.`);
  return ok(shown(request, kind, version));
}

/** Neither the owner's ids nor what is about the owner's regions. */
function shown(request: ArmRequest, kind: Kind, { id, body }: Resource): JsonObject {
  const all = objectAt(body, 'properties');
  const { excludeFromLatest = false, endOfLifeDate } = objectAt(all, 'publishingProfile');
  const { provisioningState: _state, publishingProfile, storageProfile: _storage, ...rest } = all;
  const { safetyProfile: _safety, replicationStatus: _status, ...about } = rest;
  const version =
    publishingProfile === undefined
      ? about
      : { excludeFromLatest, ...(endOfLifeDate === undefined ? {} : { endOfLifeDate }) };
  const uniqueId = `/${kind.segment}/${param(request, kind.parameter)}/images/${param(request, 'galleryImageName')}`;
  const end = publishingProfile === undefined ? '' : `/versions/${nameOf(id)}`;
  const identifier = { uniqueId: `${uniqueId}${end}` };
  return {
    name: nameOf(id),
    location: param(request, 'location'),
    ...(kind === COMMUNITY ? { type: 'Microsoft.Compute/communityGalleries/images' } : {}),
    ...(kind === DIRECT ? { identifier } : {}),
    properties: version,
  };
}

/** The version that a shared id means to whoever has the right to it; undefined when the reference has no such id. */
export function sharedReference(cloud: Cloud, reference: JsonObject): string | undefined {
  for (const [kind, id] of [
    [DIRECT, textAt(reference, 'sharedGalleryImageId')],
    [COMMUNITY, textAt(reference, 'communityGalleryImageId')],
  ] as const) {
    const pattern = /^\/\w+\/(?<gallery>[^/]+)\/images\/(?<image>[^/]+)(?:\/versions\/(?<version>[^/]+))?$/i;
    const { gallery, image, version } = pattern.exec(id ?? '')?.groups ?? {};
    if (gallery === undefined || image === undefined) continue;
    const definition = definitionOf(cloud, kind, { gallery, image });
    return version === undefined ? definition.id : `${definition.id}/versions/${version}`;
  }
  return undefined;
}
