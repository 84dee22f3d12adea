import { randomUUID } from 'node:crypto';
import type { PlainType } from '../arm/plain-resource.ts';
import { checkUnused } from './rules.ts';
import { prepareSecurityGroup } from './security-group.ts';
import { stamped } from './stamp.ts';
import { objectAt, textAt, type JsonObject } from '../json.ts';
import { prepareNetwork } from './virtual-network.ts';
import { prepareInterface } from './network-interface.ts';

/** 201 the first time, 200 afterwards: all of Microsoft.Network. */
const CREATED_OR_OK: PlainType['putStatus'] = (existing) => (existing === undefined ? 201 : 200);

function network(operations: string, path: string, prepare: PlainType['prepare']): PlainType {
  return {
    operations,
    patch: 'UpdateTags',
    path: `Microsoft.Network/${path}`,
    putStatus: CREATED_OR_OK,
    prepare,
    beforeDelete: checkUnused,
    creating: 'Updating',
    shown: stamped,
  };
}

function plain({ body, existing }: Parameters<PlainType['prepare']>[0]): JsonObject {
  const resourceGuid = textAt(existing?.body, 'properties.resourceGuid') ?? randomUUID();
  return { ...objectAt(body, 'properties'), resourceGuid };
}

export const NETWORK_TYPES: readonly PlainType[] = [
  network('NetworkSecurityGroups', 'networkSecurityGroups/{networkSecurityGroupName}', prepareSecurityGroup),
  network('VirtualNetworks', 'virtualNetworks/{virtualNetworkName}', prepareNetwork),
  network('NetworkInterfaces', 'networkInterfaces/{networkInterfaceName}', prepareInterface),
  network('PublicIPAddresses', 'publicIPAddresses/{publicIpAddressName}', plain),
  network('NatGateways', 'natGateways/{natGatewayName}', plain),
];
