import type { TemplateRef } from './template.ts';

const PROVIDER = 'Microsoft.VirtualMachineImages';

export const TEMPLATE_TYPE = `${PROVIDER}/imageTemplates`;

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Not `.` or `..`, which are no names in a URL. */
const TEMPLATE_NAME = /^(?!\.{1,2}$)[A-Za-z0-9-_.]{1,64}$/;
/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftresources */
const GROUP_NAME = /^[-\w.()]{0,89}[-\w()]$/;
const SEGMENT = /^(?!\.{1,2}$)[^/<>%&?\\#]{1,260}$/;
const IMAGE_VERSION = /^\d{1,10}\.\d{1,10}\.\d{1,10}$/;
const INT32_MAX = 2_147_483_647;

export function isGuid(text: string): boolean {
  return GUID.test(text);
}

export function isTemplateName(text: string): boolean {
  return TEMPLATE_NAME.test(text);
}

export function isGroupName(text: string): boolean {
  return GROUP_NAME.test(text);
}

/** `x.y.z` of 32-bit integers, as galleries number their versions. */
export function isImageVersion(text: string): boolean {
  return IMAGE_VERSION.test(text) && text.split('.').every((part) => Number(part) <= INT32_MAX);
}

/** ARM ids ignore case. */
export function sameResource(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** No part of a key has a slash, whatever a URL brought in. */
function keyPart(part: string): string {
  return part.toLowerCase().replaceAll('/', '%2f');
}

/** Folder of a template below `templates/`: the same for every spelling of the same id. */
export function templateKey(ref: TemplateRef): string {
  return [ref.subscriptionId, ref.resourceGroup, ref.name].map(keyPart).join('/');
}

export function resourceGroupId(ref: Pick<TemplateRef, 'subscriptionId' | 'resourceGroup'>): string {
  return `/subscriptions/${ref.subscriptionId}/resourceGroups/${ref.resourceGroup}`;
}

export function templateId(ref: TemplateRef): string {
  return `${resourceGroupId(ref)}/providers/${TEMPLATE_TYPE}/${ref.name}`;
}

/** An ARM id taken apart. `type` has the caller's spelling; a resource group has type `resourceGroups`. */
export type ParsedId = {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly type: string;
  readonly names: readonly string[];
};

/** Undefined when `id` is not the id of a resource group or of a resource in one. */
/** The real service takes the id of a staging group without its first slash, as `az` sends it. */
export function rooted(id: string): string {
  return /^subscriptions\//i.test(id) ? `/${id}` : id;
}

export function parseResourceId(id: string): ParsedId | undefined {
  const [empty, subscriptions, subscriptionId = '', groups, resourceGroup = '', ...rest] = id.split('/');
  const isInGroup =
    empty === '' &&
    subscriptions?.toLowerCase() === 'subscriptions' &&
    isGuid(subscriptionId) &&
    groups?.toLowerCase() === 'resourcegroups' &&
    isGroupName(resourceGroup);
  if (!isInGroup) return undefined;
  if (rest.length === 0)
    return { subscriptionId, resourceGroup, type: 'resourceGroups', names: [resourceGroup] };
  const [providers, namespace, ...pairs] = rest;
  if (providers?.toLowerCase() !== 'providers' || pairs.length === 0 || pairs.length % 2 !== 0)
    return undefined;
  if (![namespace ?? '', ...pairs].every((segment) => SEGMENT.test(segment))) return undefined;
  const types = pairs.filter((_, index) => index % 2 === 0);
  const names = pairs.filter((_, index) => index % 2 === 1);
  return { subscriptionId, resourceGroup, type: [namespace, ...types].join('/'), names };
}

/** The template that an id names, or undefined when it is the id of something else. */
export function parseTemplateId(id: string): TemplateRef | undefined {
  const parsed = parseResourceId(id);
  const [name] = parsed?.names ?? [];
  if (parsed === undefined || name === undefined || !sameResource(parsed.type, TEMPLATE_TYPE))
    return undefined;
  return { subscriptionId: parsed.subscriptionId, resourceGroup: parsed.resourceGroup, name };
}

/** `…/images/<definition>/versions/<version>` cut in two; `version` is absent when the id names the definition. */
export function splitGalleryImageId(id: string): { definition: string; version?: string } {
  const match = /^(?<definition>.+)\/versions\/(?<version>[^/]+)$/i.exec(id)?.groups;
  const { definition = id, version } = match ?? {};
  return version === undefined ? { definition } : { definition, version };
}

/** `/subscriptions/…/resourceGroups/…` of something in a group; in lower case. */
export function groupIdOf(id: string): string | undefined {
  const parsed = parseResourceId(id);
  return parsed && `/subscriptions/${parsed.subscriptionId}/resourceGroups/${parsed.resourceGroup}`;
}
