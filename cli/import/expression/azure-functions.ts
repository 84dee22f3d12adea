import { Unresolved, type Arguments } from './arguments.ts';
import type { ArmFunction } from './functions.ts';
import { ExpressionError } from './parse.ts';

/** What an expression may know about where it would be deployed. Open values are marks by now. */
export type DeploymentPlace = {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly location: () => string;
  /** What `uniqueString()` shall be: its algorithm is not published. */
  readonly unique: string | undefined;
};

const groupId = (place: DeploymentPlace): string =>
  `/subscriptions/${place.subscriptionId}/resourceGroups/${place.resourceGroup}`;

export function azureFunctions(place: DeploymentPlace): Readonly<Record<string, ArmFunction>> {
  return {
    resourcegroup: () => ({
      id: groupId(place),
      name: place.resourceGroup,
      get location(): string {
        return place.location();
      },
    }),
    subscription: () => ({
      id: `/subscriptions/${place.subscriptionId}`,
      subscriptionId: place.subscriptionId,
    }),
    // The public cloud: https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-deployment#environment
    environment: () => ({
      name: 'AzureCloud',
      suffixes: { storage: 'core.windows.net', keyvaultDns: '.vault.azure.net' },
      resourceManager: 'https://management.azure.com/',
    }),
    resourceid: (args) => resourceId(args, place),
    subscriptionresourceid: (args) => {
      const { before, path } = typedPath(args);
      return `/subscriptions/${before[0] ?? place.subscriptionId}/${path}`;
    },
    tenantresourceid: (args) => `/${typedPath(args).path}`,
    extensionresourceid: (args) => {
      const { before, path } = typedPath(args);
      return `${before[0] ?? ''}/${path}`;
    },
    uniquestring: () => {
      if (place.unique !== undefined) return place.unique;
      throw new Unresolved('uniqueString() is known to Azure only; --unique TEXT sets it');
    },
    ...unresolvable,
  };
}

const unresolvable = Object.fromEntries(
  Object.entries({
    reference: 'reference() reads a deployed resource',
    listkeys: 'listKeys() reads a secret of a deployed resource',
    deployment: 'deployment() is known while deploying only',
    newguid: 'newGuid() differs with each deployment',
    utcnow: 'utcNow() differs with each deployment',
    guid: 'guid() is known to Azure only',
    copyindex: 'copyIndex() counts a copy loop',
    managementgroup: 'managementGroup() is known while deploying only',
    tenant: 'tenant() is known while deploying only',
  }).map(([name, why]): [string, ArmFunction] => [
    name,
    () => {
      throw new Unresolved(why);
    },
  ]),
);

/** https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-resource#resourceid */
function resourceId(args: Arguments, place: DeploymentPlace): string {
  const { before, path } = typedPath(args);
  const group = before.at(-1) ?? place.resourceGroup;
  const subscription = before.length > 1 ? before[0] : place.subscriptionId;
  return `/subscriptions/${subscription}/resourceGroups/${group}/${path}`;
}

/** The arguments before the type, and `providers/Namespace/type/name/…`. */
function typedPath(args: Arguments): { before: readonly string[]; path: string } {
  const texts = args.texts();
  const at = texts.findIndex((text) => /^[A-Za-z][\w]*(\.[\w]+)+\/[\w/]+$/.test(text));
  const [namespace = '', ...types] = (texts[at] ?? '').split('/');
  const names = texts.slice(at + 1);
  if (at === -1 || names.length !== types.length)
    throw new ExpressionError(`an id of type "${texts[at] ?? ''}" cannot have ${names.length} names`);
  const pairs = types.map((type, index) => `${type}/${names[index]}`);
  return { before: texts.slice(0, at), path: `providers/${namespace}/${pairs.join('/')}` };
}
