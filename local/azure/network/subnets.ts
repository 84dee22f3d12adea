import type { Cloud } from '../cloud.ts';
import type { Route } from '../http/route.ts';
import type { JsonObject } from '../json.ts';
import { findPart, partRoutes } from './parts.ts';
import { checkSubnetUnused } from './rules.ts';
import { toRule } from './security-group.ts';
import { toSubnet } from './virtual-network.ts';

export const PART_ROUTES: readonly Route[] = [
  ...partRoutes({
    operations: 'Subnets',
    member: 'subnets',
    parent: 'Microsoft.Network/virtualNetworks/{virtualNetworkName}',
    name: 'subnetName',
    make: toSubnet,
    beforeDelete: checkSubnetUnused,
  }),
  ...partRoutes({
    operations: 'SecurityRules',
    member: 'securityRules',
    parent: 'Microsoft.Network/networkSecurityGroups/{networkSecurityGroupName}',
    name: 'securityRuleName',
    make: (_, groupId, rule) => toRule(groupId, rule),
  }),
];

/** The subnet with this id, when its network has one of that name. */
export function findSubnet(cloud: Cloud, id: string): JsonObject | undefined {
  return findPart(cloud, 'subnets', id);
}
