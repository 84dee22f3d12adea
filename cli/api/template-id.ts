import { refuse } from '../errors.ts';
import type { TemplateId } from './types.ts';

const ID =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.VirtualMachineImages\/imageTemplates\/([^/]+)\/?$/i;

/** What a template can be called: nothing else is asked for, `..` as a part of an address least of all. */
const NAME = /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,64}$/;

/** The path of a template, as ARM spells it. */
export function templatePath({ subscriptionId, resourceGroup, name }: TemplateId): string {
  const [subscription, group, template] = [subscriptionId, resourceGroup, name].map(encodeURIComponent);
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.VirtualMachineImages/imageTemplates/${template}`;
}

/** Reads a full resource id; undefined when the text is not one. */
export function parseTemplateId(id: string): TemplateId | undefined {
  const [, subscriptionId, resourceGroup, name] = ID.exec(id) ?? [];
  if (subscriptionId === undefined || resourceGroup === undefined || name === undefined) return undefined;
  return { subscriptionId, resourceGroup, name };
}

/** Throws a refusal of what no template can be called. */
export function refuseName(given: string): void {
  if (!NAME.test(given))
    throw refuse(
      `"${given}" cannot be the name of a template: letters, digits, "_", "." and "-", at most 64.`,
      '`kiln runs` lists the templates that have runs; an empty one often is a variable that is not set.',
    );
}

/** A template as people type it: its name in the default resource group, or its full id. */
export function resolveTemplate(
  given: string,
  scope: { subscriptionId: string; resourceGroup: string | undefined },
): TemplateId {
  if (given.startsWith('/')) {
    const id = parseTemplateId(given);
    if (id === undefined)
      throw refuse(
        `"${given}" is not the id of an image template.`,
        'Write /subscriptions/…/resourceGroups/…/providers/Microsoft.VirtualMachineImages/imageTemplates/NAME, or the name alone.',
      );
    return id;
  }
  refuseName(given);
  if (scope.resourceGroup === undefined)
    throw refuse(
      `The resource group of "${given}" is not known.`,
      'Pass --resource-group or set KILN_RESOURCE_GROUP.',
    );
  return { subscriptionId: scope.subscriptionId, resourceGroup: scope.resourceGroup, name: given };
}
