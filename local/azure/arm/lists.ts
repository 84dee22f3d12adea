import type { Cloud } from '../cloud.ts';
import { badRequest } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import { ok, type Answer, type Route } from '../http/route.ts';
import { objectAt, sameText, textAt, type JsonObject } from '../json.ts';
import type { Resource } from '../store/resources.ts';
import { groupOf } from '../store/ids.ts';
import { requireGroup } from './checks.ts';

type Listing = {
  readonly inGroup: string;
  readonly inSubscription: string;
  /** How an item looks; its body unless a type says otherwise. */
  readonly shown?: (cloud: Cloud, resource: Resource) => JsonObject;
};

/** List routes of a top-level type: in one resource group and in the subscription. */
export function listRoutes(type: string, operations: Listing): Route[] {
  const shown = operations.shown ?? ((_, { body }) => body);
  const list = (request: ArmRequest, cloud: Cloud): Answer => {
    if (request.params['resourceGroupName'] !== undefined) requireGroup(cloud, request.id);
    return ok({ value: cloud.resources.list(request.id, type).map((resource) => shown(cloud, resource)) });
  };
  return [
    {
      operation: operations.inGroup,
      method: 'GET',
      path: `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${type}`,
      handle: list,
    },
    {
      operation: operations.inSubscription,
      method: 'GET',
      path: `/subscriptions/{subscriptionId}/providers/${type}`,
      handle: list,
    },
  ];
}

export type Comparison = { readonly name: string; readonly value: string };

/** What the generic list of resources can be narrowed by. */
export const RESOURCE_FILTERS = [
  'tagname',
  'tagvalue',
  'resourcetype',
  'resourcegroup',
  'location',
  'name',
  'plan/name',
  'plan/publisher',
  'plan/product',
  'identity/principalid',
];

/**
 * The part of OData that the resource lists understand: `a eq 'x' and b eq 'y'`.
 * https://learn.microsoft.com/rest/api/resources/resources/list#uri-parameters
 */
export function parseFilter(filter: string | null, known: readonly string[]): Comparison[] {
  if (filter === null || filter.trim() === '') return [];
  return filter.split(/\s+and\s+/i).map((part) => {
    const [, name, value] = /^\s*([\w/]+)\s+eq\s+'((?:[^']|'')*)'\s*$/i.exec(part) ?? [];
    if (name === undefined || value === undefined || !known.includes(name.toLowerCase()))
      throw badRequest(
        'InvalidFilterInQueryString',
        `Invalid $filter '${filter}' specified in the query string.`,
      );
    return { name: name.toLowerCase(), value: value.replaceAll("''", "'") };
  });
}

/** True when the resource passes every comparison. */
export function passes(resource: Resource, filter: readonly Comparison[]): boolean {
  const tagName = filter.find(({ name }) => name === 'tagname')?.value;
  return filter.every(({ name, value }) => {
    if (name === 'tagname') return tagValue(resource, value) !== undefined;
    if (name === 'tagvalue') return tagName !== undefined && tagValue(resource, tagName) === value;
    if (name === 'resourcegroup') return sameText(groupOf(resource.id), value);
    const member = name === 'resourcetype' ? 'type' : name.replace('/', '.');
    return sameText(textAt(resource.body, member), value);
  });
}

/** Tag names compare without case, values exactly. */
function tagValue(resource: Resource, name: string): string | undefined {
  const tags = objectAt(resource.body, 'tags');
  const hit = Object.entries(tags).find(([key]) => sameText(key, name));
  return typeof hit?.[1] === 'string' ? hit[1] : undefined;
}
