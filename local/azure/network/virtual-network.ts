import { randomUUID } from 'node:crypto';
import type { Preparation } from '../arm/plain-resource.ts';
import { requireReference } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { badRequest } from '../http/errors.ts';
import { isObject, listAt, objectAt, textAt, type JsonObject } from '../json.ts';

const REFERENCES = {
  networkSecurityGroup: 'Microsoft.Network/networkSecurityGroups',
  natGateway: 'Microsoft.Network/natGateways',
} as const;

/** Subnets live inside their network's body; they get ids and a state as ARM shows them. */
export function prepareNetwork({ id, body, existing, cloud }: Preparation): JsonObject {
  const properties = objectAt(body, 'properties');
  if (listOfPrefixes(properties).length === 0)
    throw badRequest(
      'InvalidRequestFormat',
      'Cannot parse the request: addressSpace.addressPrefixes is required.',
    );
  const subnets = listAt(properties, 'subnets').map((subnet) => toSubnet(cloud, id, subnet));
  const resourceGuid = textAt(existing?.body, 'properties.resourceGuid') ?? randomUUID();
  const { enableVmProtection: _, dhcpOptions, ...given } = properties;
  return {
    enableDdosProtection: false,
    privateEndpointVNetPolicies: 'Disabled',
    ...given,
    addressSpace: { ...objectAt(properties, 'addressSpace'), ipamPoolPrefixAllocations: [] },
    ...(isObject(dhcpOptions) ? { dhcpOptions: { dnsServers: [], ...dhcpOptions } } : {}),
    subnets,
    virtualNetworkPeerings: [],
    resourceGuid,
  };
}

function listOfPrefixes(properties: JsonObject): readonly unknown[] {
  const prefixes = objectAt(properties, 'addressSpace')['addressPrefixes'];
  return Array.isArray(prefixes) ? prefixes : [];
}

export function toSubnet(cloud: Cloud, networkId: string, subnet: JsonObject): JsonObject {
  const name = textAt(subnet, 'name') ?? '';
  if (name === '') throw badRequest('InvalidRequestFormat', 'A subnet has no name.');
  const properties = objectAt(subnet, 'properties');
  for (const [member, type] of Object.entries(REFERENCES)) {
    const reference = textAt(properties, `${member}.id`);
    if (reference !== undefined) requireReference(cloud, reference, [type]);
  }
  return {
    id: `${networkId}/subnets/${name}`,
    name,
    type: 'Microsoft.Network/virtualNetworks/subnets',
    properties: {
      ipamPoolPrefixAllocations: [],
      delegations: [],
      privateEndpointNetworkPolicies: 'Disabled',
      privateLinkServiceNetworkPolicies: 'Enabled',
      ...properties,
    },
  };
}
