import { requireResource } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { notFound, type ArmError } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import { ok, type Answer, type Route } from '../http/route.ts';
import { listAt, objectAt, sameText, textAt, type JsonObject } from '../json.ts';
import { accept } from '../operations/headers.ts';
import { nameOf, parentOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';
import { stamped } from './stamp.ts';

/** Children that live inside their parent's body: subnets of a network, rules of a security group. */
export type PartType = {
  /** Prefix of the OpenAPI operation ids, and member of the parent's properties. */
  readonly operations: string;
  readonly member: string;
  /** Path template of the parent, and the name of a child in it. */
  readonly parent: string;
  readonly name: string;
  readonly make: (cloud: Cloud, parentId: string, part: JsonObject) => JsonObject;
  /** Refuses while something depends on the part. */
  readonly beforeDelete?: (cloud: Cloud, id: string) => void;
};

export function partRoutes(type: PartType): Route[] {
  const list = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${type.parent}/${type.member}`;
  const one = `${list}/{${type.name}}`;
  const route = (method: Route['method'], name: string, path: string, handle: Route['handle']): Route => ({
    operation: `${type.operations}_${name}`,
    method,
    path,
    handle,
  });
  return [
    route('GET', 'List', list, (request, cloud) =>
      ok({ value: partsOf(type, requireResource(cloud, request.id)) }),
    ),
    route('GET', 'Get', one, (request, cloud) => get(type, request, cloud)),
    route('PUT', 'CreateOrUpdate', one, (request, cloud) => put(type, request, cloud)),
    route('DELETE', 'Delete', one, (request, cloud) => remove(type, request, cloud)),
  ];
}

function partsOf({ member }: PartType, { body }: Resource): JsonObject[] {
  return listAt(body, `properties.${member}`);
}

export function findPart(cloud: Cloud, member: string, id: string): JsonObject | undefined {
  const parts = listAt(cloud.resources.get(parentOf(id))?.body, `properties.${member}`);
  return parts.find((part) => sameText(textAt(part, 'id'), id));
}

/** The service's own words: ARM's 404 is for a parent that is not there. */
function partNotFound(id: string): ArmError {
  return notFound('NotFound', `Resource ${id} not found.`);
}

function get(type: PartType, request: ArmRequest, cloud: Cloud): Answer {
  requireResource(cloud, parentOf(request.id));
  const part = findPart(cloud, type.member, request.id);
  if (part === undefined) throw partNotFound(request.id);
  return ok(part, { ETag: textAt(part, 'etag') ?? '' });
}

function put(type: PartType, request: ArmRequest, cloud: Cloud): Answer {
  const owner = requireResource(cloud, parentOf(request.id));
  const existing = findPart(cloud, type.member, request.id);
  const part = type.make(cloud, owner.id, { ...request.body, name: nameOf(request.id) });
  save(type, cloud, owner, [...others(type, owner, request.id), part]);
  const shown = findPart(cloud, type.member, request.id) ?? part;
  const body = stamped(shown, 'Updating');
  const work = { subject: owner.id, run: () => undefined };
  return accept(request, cloud, work, { status: existing === undefined ? 201 : 200, body });
}

function remove(type: PartType, request: ArmRequest, cloud: Cloud): Answer {
  const owner = requireResource(cloud, parentOf(request.id));
  if (findPart(cloud, type.member, request.id) === undefined) return { status: 204 };
  type.beforeDelete?.(cloud, request.id);
  save(type, cloud, owner, others(type, owner, request.id));
  const work = { subject: owner.id, run: () => undefined };
  return accept(request, cloud, work, { status: 202, location: true });
}

/** The parts of an owner without the one of this id. */
function others(type: PartType, owner: Resource, id: string): JsonObject[] {
  return partsOf(type, owner).filter((other) => !sameText(textAt(other, 'id'), id));
}

function save(type: PartType, cloud: Cloud, owner: Resource, parts: JsonObject[]): void {
  const properties = { ...objectAt(owner.body, 'properties'), [type.member]: parts };
  cloud.resources.put({ ...owner, body: stamped({ ...owner.body, properties }, 'Succeeded') });
}
