import { createHash } from 'node:crypto';
import type { PlainType } from '../arm/plain-resource.ts';
import type { Cloud } from '../cloud.ts';
import { conflict, invalidParameter } from '../http/errors.ts';
import { listAt, objectAt, sameText, textAt, type JsonObject } from '../json.ts';
import { nameOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';

const OK_OR_CREATED: PlainType['putStatus'] = (existing) => (existing === undefined ? 201 : 200);

/** Nothing with children can be deleted alone. */
function childless(cloud: Cloud, resource: Resource): void {
  const child = cloud.resources.list(resource.id)[0];
  if (child === undefined) return;
  throw conflict(
    'CannotDeleteResource',
    `Can not delete resource before nested resources are deleted. Nested resource: ${child.id}`,
  );
}

function checkName(kind: string, id: string): void {
  const name = nameOf(id);
  const pattern =
    kind === 'gallery' ? /^[A-Za-z0-9][A-Za-z0-9_.]{0,78}[A-Za-z0-9]$|^[A-Za-z0-9]$/ : /^[\w.-]{1,80}$/;
  if (!pattern.test(name)) throw invalidParameter(`'${name}' is not a valid ${kind} name.`, `${kind}Name`);
}

const gallery: PlainType = {
  operations: 'Galleries',
  patch: 'Update',
  path: 'Microsoft.Compute/galleries/{galleryName}',
  putStatus: OK_OR_CREATED,
  prepare: ({ id, body, cloud }) => {
    checkName('gallery', id);
    const uniqueName = `${cloud.subscriptionId}-${nameOf(id).toUpperCase()}`;
    const properties = objectAt(body, 'properties');
    return { ...properties, identifier: { uniqueName }, ...sharing(id, properties) };
  },
  beforeDelete: childless,
};

/** A community gallery gets a public name: the prefix of its owner's, and a GUID. */
function sharing(id: string, properties: JsonObject): JsonObject {
  const profile = objectAt(properties, 'sharingProfile');
  if (textAt(profile, 'permissions') !== 'Community') return {};
  const info = objectAt(profile, 'communityGalleryInfo');
  const hash = createHash('sha256').update(id.toLowerCase()).digest('hex');
  const guid = hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
  const publicNames = [`${textAt(info, 'publicNamePrefix') ?? 'gallery'}-${guid}`];
  const communityGalleryInfo = { ...info, communityGalleryEnabled: true, publicNames };
  return { sharingProfile: { ...profile, communityGalleryInfo } };
}

const REQUIRED = ['osType', 'osState', 'identifier.publisher', 'identifier.offer', 'identifier.sku'];
const UNCHANGEABLE = ['osType', 'osState', 'hyperVGeneration', 'architecture'];

function prepareDefinition(id: string, body: JsonObject, existing: Resource | undefined): JsonObject {
  checkName('image', id);
  const properties = objectAt(body, 'properties');
  const missing = REQUIRED.find((name) => textAt(properties, name) === undefined);
  if (missing !== undefined)
    throw invalidParameter(`Required parameter '${missing}' is missing (null).`, missing);
  // Older api-versions make Gen1 x64 of a definition that does not say; clients of newer ones always say.
  const { features, disallowed, ...given } = properties;
  const complete: JsonObject = {
    hyperVGeneration: 'V1',
    architecture: 'x64',
    ...given,
    ...(Object.keys(objectAt({ disallowed }, 'disallowed')).length === 0 ? {} : { disallowed }),
    ...(features === undefined ? {} : { features: listAt({ features }, 'features').map(capitalized) }),
  };
  const changed = UNCHANGEABLE.find(
    (name) =>
      existing !== undefined &&
      !sameText(textAt(existing.body, `properties.${name}`), textAt(complete, name)),
  );
  if (changed !== undefined)
    throw conflict(
      'PropertyChangeNotAllowed',
      `Changing property 'galleryImage.properties.${changed}' is not allowed.`,
      changed,
    );
  return complete;
}

/** The service writes `true` as `True`. */
function capitalized(feature: JsonObject): JsonObject {
  const value = textAt(feature, 'value') ?? '';
  return /^(true|false)$/.test(value) ? { ...feature, value: value === 'true' ? 'True' : 'False' } : feature;
}

const definition: PlainType = {
  operations: 'GalleryImages',
  patch: 'Update',
  path: 'Microsoft.Compute/galleries/{galleryName}/images/{galleryImageName}',
  putStatus: OK_OR_CREATED,
  prepare: ({ id, body, existing }) => prepareDefinition(id, body, existing),
  beforeDelete: childless,
};

export const GALLERY_TYPES: readonly PlainType[] = [gallery, definition];
