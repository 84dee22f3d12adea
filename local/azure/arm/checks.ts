import type { Cloud } from '../cloud.ts';
import { ArmError, badRequest, conflict, notFound } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import { sameText, textAt, type JsonObject } from '../json.ts';
import { groupIdOf, groupOf, isType, nameOf, parentOf, typeOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';

/** `West Europe` and `westeurope` are the same region; ARM answers with the latter. */
export function canonicalLocation(location: string): string {
  return location.replaceAll(/\s/g, '').toLowerCase();
}

/** The body's region in canonical form. Throws when it is missing or no region of this cloud. */
export function requireLocation(cloud: Cloud, body: JsonObject, type: string): string {
  const given = textAt(body, 'location');
  if (given === undefined || given === '')
    throw badRequest(
      'LocationRequired',
      'The location property is required for this definition.',
      'location',
    );
  return checkLocation(cloud, given, type);
}

export function checkLocation(cloud: Cloud, given: string, type: string): string {
  const location = canonicalLocation(given);
  if (cloud.profile.locations.includes(location)) return location;
  throw badRequest(
    'LocationNotAvailableForResourceType',
    `The provided location '${given}' is not available for resource type '${type}'. ` +
      `List of available regions for the resource type is '${cloud.profile.locations.join(',')}'.`,
  );
}

/** Names of images, disks and snapshots, in compute's words. https://github.com/hashicorp/packer/issues/5568 */
export function checkEntityName(id: string): void {
  if (/^[^_\W][\w\-.]{0,79}$/.test(nameOf(id)) && !/[-.]$/.test(nameOf(id))) return;
  throw badRequest(
    'InvalidParameter',
    String.raw`The entity name 'name' is invalid according to its validation rule: ^[^_\W][\w-._]{0,79}(?<![-.])$.`,
    'name',
  );
}

/** A resource keeps its region for life. */
export function sameLocation(existing: Resource | undefined, location: string): void {
  const before = textAt(existing?.body, 'location');
  if (existing === undefined || sameText(before, location)) return;
  throw conflict(
    'InvalidResourceLocation',
    `The resource '${nameOf(existing.id)}' already exists in location '${before}' in resource group ` +
      `'${groupOf(existing.id)}'. A resource with the same name cannot be created in location '${location}'.`,
  );
}

/** The request's resource group. Throws when it is not there or on its way out. */
export function requireGroup(cloud: Cloud, id: string): Resource {
  const group = cloud.resources.get(groupIdOf(id));
  if (group === undefined) throw groupNotFound(groupOf(id));
  return group;
}

/** As `requireGroup`, for calls that create something in it. */
export function requireOpenGroup(cloud: Cloud, id: string): Resource {
  const group = requireGroup(cloud, id);
  if (textAt(group.body, 'properties.provisioningState') === 'Deleting')
    throw conflict(
      'ResourceGroupBeingDeleted',
      `The resource group '${groupOf(id)}' is in deprovisioning state and cannot perform this operation.`,
    );
  return group;
}

export function groupNotFound(name: string): ArmError {
  return byArm('ResourceGroupNotFound', `Resource group '${name}' could not be found.`);
}

/** A 404 of ARM itself, before any service was asked: a header says so. */
function byArm(code: string, message: string): ArmError {
  return new ArmError(404, code, message, { headers: GATEWAY });
}

export const GATEWAY = { 'x-ms-failure-cause': 'gateway' };

/** The addressed resource, or ARM's 404. */
export function requireResource(cloud: Cloud, id: string): Resource {
  const found = cloud.resources.get(id);
  if (found !== undefined) return found;
  requireGroup(cloud, id);
  throw resourceNotFound(id);
}

export function resourceNotFound(id: string): ArmError {
  const type = typeOf(id);
  return byArm(
    'ResourceNotFound',
    `The Resource '${type}/${nameOf(id)}' under resource group '${groupOf(id)}' was not found. ` +
      'For more details please go to https://aka.ms/ARMResourceNotFoundFix',
  );
}

/** The parent of a nested resource. */
export function requireParent(cloud: Cloud, id: string): Resource {
  requireOpenGroup(cloud, id);
  const parent = cloud.resources.get(parentOf(id));
  if (parent !== undefined) return parent;
  throw notFound(
    'ParentResourceNotFound',
    `Failed to perform 'write' on resource(s) of type '${typeOf(id)}', because the parent resource ` +
      `'${parentOf(id)}' could not be found.`,
  );
}

/** A resource that a body refers to. Throws 400 for another type and 404 for an id that is not there. */
export function requireReference(cloud: Cloud, id: string, types: readonly string[]): Resource {
  if (!types.some((type) => isType(id, type)))
    throw badRequest(
      'InvalidParameter',
      `The value '${id}' is not the id of one of: ${types.join(', ')}.`,
      'id',
    );
  const found = cloud.resources.get(id);
  if (found !== undefined) return found;
  throw notFound('NotFound', `The entity '${nameOf(id)}' of type ${typeOf(id)} was not found: ${id}.`, 'id');
}

/**
 * The id that a new resource gets: names as their creators wrote them, so the group's and the parent's casing come from
 * what is stored and only the last name from this call.
 */
export function newId(cloud: Cloud, request: ArmRequest): string {
  const existing = cloud.resources.get(request.id);
  if (existing !== undefined) return existing.id;
  const parent = parentOf(request.id);
  const stored = cloud.resources.get(parent)?.id ?? parent;
  return `${stored}${request.id.slice(parent.length)}`;
}
