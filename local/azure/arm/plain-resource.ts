import type { Cloud } from '../cloud.ts';
import type { ArmRequest } from '../http/request.ts';
import type { Route } from '../http/route.ts';
import { ok } from '../http/route.ts';
import { objectAt, textAt, type JsonObject } from '../json.ts';
import { accept } from '../operations/headers.ts';
import { groupIdOf, typeOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';
import { envelope, patched, withState } from './bodies.ts';
import {
  newId,
  requireLocation,
  requireOpenGroup,
  requireParent,
  requireResource,
  sameLocation,
} from './checks.ts';

/** A resource that only is there: nothing runs behind it. */
export type PlainType = {
  /** Prefix of the OpenAPI operation ids, for example `NetworkSecurityGroups`. */
  readonly operations: string;
  /** Name of the PATCH operation; `UpdateTags` in Microsoft.Network. */
  readonly patch: string;
  /** Path template below the resource group. */
  readonly path: string;
  readonly putStatus: (existing: Resource | undefined) => number;
  /** Checks the body and gives the properties that ARM would show. */
  readonly prepare: (context: Preparation) => JsonObject;
  /** State of a resource that is being made; `Creating` unless the type has another word. */
  readonly creating?: string;
  /** The body in a state, with whatever the type changes besides. */
  readonly shown?: (body: JsonObject, provisioningState: string) => JsonObject;
  /** Refuses while something depends on the resource. */
  readonly beforeDelete?: (cloud: Cloud, resource: Resource) => void;
};

export type Preparation = {
  readonly id: string;
  readonly location: string;
  readonly body: JsonObject;
  readonly existing: Resource | undefined;
  readonly cloud: Cloud;
};

/** GET, PUT, PATCH and DELETE of a plain type. */
export function plainRoutes(type: PlainType): Route[] {
  const path = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${type.path}`;
  return [
    {
      operation: `${type.operations}_Get`,
      method: 'GET',
      path,
      handle: get,
    },
    {
      operation: `${type.operations}_CreateOrUpdate`,
      method: 'PUT',
      path,
      handle: (request, cloud) => put(type, request, cloud),
    },
    {
      operation: `${type.operations}_${type.patch}`,
      method: 'PATCH',
      path,
      handle: (request, cloud) => update(request, cloud),
    },
    {
      operation: `${type.operations}_Delete`,
      method: 'DELETE',
      path,
      handle: (request, cloud) => remove(type, request, cloud),
    },
  ];
}

function get(request: ArmRequest, cloud: Cloud) {
  const { body } = requireResource(cloud, request.id);
  const etag = textAt(body, 'etag');
  return ok(body, etag === undefined ? undefined : { ETag: etag });
}

function settle(type: PlainType, cloud: Cloud, id: string, state: string): void {
  const resource = cloud.resources.get(id);
  if (resource === undefined) return;
  cloud.resources.put({ ...resource, body: (type.shown ?? withState)(resource.body, state) });
}

function put(type: PlainType, request: ArmRequest, cloud: Cloud) {
  if (typeOf(request.id).split('/').length > 2) requireParent(cloud, request.id);
  else requireOpenGroup(cloud, groupIdOf(request.id));
  const existing = cloud.resources.get(request.id);
  const location = requireLocation(cloud, request.body, typeOf(request.id));
  sameLocation(existing, location);
  const id = newId(cloud, request);
  const properties = type.prepare({ id, location, body: request.body, existing, cloud });
  const before = existing === undefined ? (type.creating ?? 'Creating') : 'Updating';
  const body = (type.shown ?? withState)(envelope(id, location, request.body, properties), before);
  cloud.resources.put({ id, body, state: existing?.state ?? {} });
  return accept(
    request,
    cloud,
    {
      subject: id,
      run: () => settle(type, cloud, id, 'Succeeded'),
      failed: () => settle(type, cloud, id, 'Failed'),
    },
    { status: type.putStatus(existing), body },
  );
}

function update(request: ArmRequest, cloud: Cloud) {
  const resource = requireResource(cloud, request.id);
  const body = patched(resource, request.body);
  cloud.resources.put({ ...resource, body: { ...body, properties: objectAt(body, 'properties') } });
  return ok(body);
}

function remove(type: PlainType, request: ArmRequest, cloud: Cloud) {
  const resource = cloud.resources.get(request.id);
  if (resource === undefined) return { status: 204 };
  type.beforeDelete?.(cloud, resource);
  cloud.resources.change(resource.id, { properties: { provisioningState: 'Deleting' } });
  return accept(
    request,
    cloud,
    {
      subject: resource.id,
      run: () => cloud.resources.remove(resource.id),
      failed: () =>
        void cloud.resources.change(resource.id, { properties: { provisioningState: 'Succeeded' } }),
    },
    { status: 202, location: true },
  );
}
