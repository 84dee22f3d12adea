import { randomUUID } from 'node:crypto';
import type { Preparation } from '../arm/plain-resource.ts';
import { badRequest } from '../http/errors.ts';
import { listAt, objectAt, textAt, type JsonObject } from '../json.ts';

/** Rules live inside their group's body, beside six that every group has. */
export function prepareSecurityGroup({ id, body, existing }: Preparation): JsonObject {
  const resourceGuid = textAt(existing?.body, 'properties.resourceGuid') ?? randomUUID();
  const properties = objectAt(body, 'properties');
  return {
    ...properties,
    resourceGuid,
    securityRules: listAt(properties, 'securityRules').map((rule) => toRule(id, rule)),
    defaultSecurityRules: DEFAULTS.map(([name, ...rule]) => defaultRule(id, name, rule)),
  };
}

const LISTS = {
  sourcePortRanges: [],
  destinationPortRanges: [],
  sourceAddressPrefixes: [],
  destinationAddressPrefixes: [],
};

export function toRule(groupId: string, rule: JsonObject): JsonObject {
  const name = textAt(rule, 'name') ?? '';
  if (name === '') throw badRequest('InvalidRequestFormat', 'A security rule has no name.');
  return {
    id: `${groupId}/securityRules/${name}`,
    name,
    type: 'Microsoft.Network/networkSecurityGroups/securityRules',
    properties: { ...LISTS, ...objectAt(rule, 'properties') },
  };
}

type Default = readonly [
  description: string,
  source: string,
  destination: string,
  access: 'Allow' | 'Deny',
  priority: number,
];

/** https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview#default-security-rules */
const DEFAULTS: readonly (readonly [name: string, ...Default])[] = [
  [
    'AllowVnetInBound',
    'Allow inbound traffic from all VMs in VNET',
    'VirtualNetwork',
    'VirtualNetwork',
    'Allow',
    65_000,
  ],
  [
    'AllowAzureLoadBalancerInBound',
    'Allow inbound traffic from azure load balancer',
    'AzureLoadBalancer',
    '*',
    'Allow',
    65_001,
  ],
  ['DenyAllInBound', 'Deny all inbound traffic', '*', '*', 'Deny', 65_500],
  [
    'AllowVnetOutBound',
    'Allow outbound traffic from all VMs to all VMs in VNET',
    'VirtualNetwork',
    'VirtualNetwork',
    'Allow',
    65_000,
  ],
  [
    'AllowInternetOutBound',
    'Allow outbound traffic from all VMs to Internet',
    '*',
    'Internet',
    'Allow',
    65_001,
  ],
  ['DenyAllOutBound', 'Deny all outbound traffic', '*', '*', 'Deny', 65_500],
];

function defaultRule(groupId: string, name: string, rule: Default): JsonObject {
  const [description, sourceAddressPrefix, destinationAddressPrefix, access, priority] = rule;
  return {
    id: `${groupId}/defaultSecurityRules/${name}`,
    name,
    type: 'Microsoft.Network/networkSecurityGroups/defaultSecurityRules',
    properties: {
      description,
      protocol: '*',
      sourcePortRange: '*',
      destinationPortRange: '*',
      sourceAddressPrefix,
      destinationAddressPrefix,
      access,
      priority,
      direction: name.endsWith('InBound') ? 'Inbound' : 'Outbound',
      ...LISTS,
    },
  };
}
